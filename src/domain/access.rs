//! Who may see more than anybody, and who may report: the three tokens.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// What a caller may see, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Numbers, states, ages and names of workers.
    Anybody,
    /// The same, and who runs which query.
    Reader,
    /// The same, and the causes of faults.
    Operator,
}

/// Who sees the status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageAccess {
    /// Anybody.
    Public,
    /// Whoever has one of the tokens.
    Token,
    /// Nobody: there is none.
    Off,
}

/// The tokens that are accepted.
#[derive(Debug, Clone, Default)]
pub struct Access {
    operator: Option<SecretString>,
    reader: Option<SecretString>,
    reporter: Option<SecretString>,
}

/// Where a token came from that lets its sender report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// As a bearer token.
    Bearer,
    /// In the address, where the sender cannot send a header.
    Address,
}

impl Access {
    /// Accepts these tokens.
    #[must_use]
    pub fn new(operator: Option<SecretString>, reader: Option<SecretString>) -> Self {
        Self {
            operator,
            reader,
            reporter: None,
        }
    }

    /// Accepts this one, too, of whoever may report and do nothing else.
    #[must_use]
    pub fn reported_with(self, reporter: Option<SecretString>) -> Self {
        Self { reporter, ..self }
    }

    /// What is known only to whoever has this role, if there is such a token.
    pub(super) fn secret(&self, role: Role) -> Option<&[u8]> {
        let token = match role {
            Role::Operator => self.operator.as_ref(),
            Role::Reader => self.reader.as_ref(),
            Role::Anybody => None,
        };
        token.map(|token| token.expose_secret().as_bytes())
    }

    /// Whether there is an operator's token.
    #[must_use]
    pub fn has_operator(&self) -> bool {
        self.operator.is_some()
    }

    /// Whether there is a reader's token.
    #[must_use]
    pub fn has_reader(&self) -> bool {
        self.reader.is_some()
    }

    /// The role of whoever presents `token`, compared in constant time.
    ///
    /// # Errors
    ///
    /// DFE-AUTH-002 where it is nobody's: showing less without a word would mislead.
    pub fn role(&self, token: Option<&str>) -> Result<Role, Fault> {
        let Some(token) = token else {
            return Ok(Role::Anybody);
        };
        // Both are compared, whatever the first comparison says.
        match (
            is(self.operator.as_ref(), token),
            is(self.reader.as_ref(), token),
        ) {
            (true, _) => Ok(Role::Operator),
            (false, true) => Ok(Role::Reader),
            (false, false) => Err(Fault::new(
                Code::AuthInvalid,
                "The bearer token is neither the operator's nor the reader's.",
            )
            .check_first("OPS_TOKEN and OPS_READ_TOKEN")),
        }
    }
}

impl Access {
    /// Lets the operator pass, and nobody else.
    ///
    /// # Errors
    ///
    /// DFE-AUTH-001 without a token, DFE-AUTH-002 where it is nobody's, DFE-AUTH-003 where it is the
    /// reader's; DFE-CFG-001 where no operator's token is set, so that nobody can pass.
    pub fn require_operator(&self, token: Option<&str>) -> Result<(), Fault> {
        if !self.has_operator() {
            return Err(Fault::new(
                Code::ConfigMissing,
                "OPS_TOKEN is not set: nobody can order anything.",
            ));
        }
        match self.role(token)? {
            Role::Operator => Ok(()),
            Role::Reader => Err(readers_may_not_act()
                .check_first("Which token is presented: OPS_TOKEN or OPS_READ_TOKEN")),
            Role::Anybody => Err(Fault::new(
                Code::AuthMissing,
                "This takes the operator's token, and none was presented.",
            )),
        }
    }
}

impl Access {
    /// Lets pass whoever may report: with a token of its own, or the operator's. That one does not belong into an
    /// address, where histories and logs of others keep it.
    ///
    /// # Errors
    ///
    /// DFE-AUTH-001 without a token, DFE-AUTH-002 where it is nobody's, DFE-AUTH-003 where it is another one than it
    /// takes; DFE-CFG-001 where none is set, so that nobody can pass.
    pub fn require_reporter(&self, token: Option<&str>, presented: Presented) -> Result<(), Fault> {
        let by_operator = presented == Presented::Bearer && self.has_operator();
        if self.reporter.is_none() && !by_operator {
            return Err(Fault::new(
                Code::ConfigMissing,
                "OPS_ALERT_TOKEN is not set: nobody can report anything.",
            )
            .check_first("OPS_ALERT_TOKEN"));
        }
        let Some(token) = token else {
            return Err(Fault::new(
                Code::AuthMissing,
                "This takes the token of whoever reports, and none was presented.",
            )
            .check_first("OPS_ALERT_TOKEN"));
        };
        let [reporter, operator, reader] =
            [&self.reporter, &self.operator, &self.reader].map(|known| is(known.as_ref(), token));
        match (presented, reporter, operator, reader) {
            (_, true, ..) | (Presented::Bearer, _, true, _) => Ok(()),
            (Presented::Address, _, true, _) => Err(Fault::new(
                Code::AuthForbidden,
                "The operator's token does not belong into an address: it stands in histories and logs from then on. \
                 Report with OPS_ALERT_TOKEN, and change this one.",
            )
            .check_first("Which token the address holds: OPS_ALERT_TOKEN or OPS_TOKEN")),
            (_, _, _, true) => Err(Fault::new(
                Code::AuthForbidden,
                "The reader's token may look and not report.",
            )
            .check_first("Which token is presented: OPS_ALERT_TOKEN or OPS_READ_TOKEN")),
            (..) => Err(Fault::new(
                Code::AuthInvalid,
                "The token is that of nobody who may report.",
            )
            .check_first("OPS_ALERT_TOKEN")),
        }
    }
}

/// Whether a token is the one that is known, in the same time whatever it is.
fn is(known: Option<&SecretString>, token: &str) -> bool {
    known.is_some_and(|known| {
        let known = known.expose_secret().as_bytes();
        known.ct_eq(token.as_bytes()).into()
    })
}

/// The refusal of whoever has the reader's token, however it came.
pub(crate) fn readers_may_not_act() -> Fault {
    Fault::new(
        Code::AuthForbidden,
        "The reader's token may look and not act; this takes the operator's.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_its_role() {
        let access = Access::new(
            Some("operator-token-1".into()),
            Some("reader-token-123".into()),
        );
        assert_eq!(access.role(None), Ok(Role::Anybody));
        assert_eq!(access.role(Some("operator-token-1")), Ok(Role::Operator));
        assert_eq!(access.role(Some("reader-token-123")), Ok(Role::Reader));
        for wrong in ["", "operator-token-", "operator-token-12"] {
            assert_eq!(
                access.role(Some(wrong)).map_err(|fault| fault.code),
                Err(Code::AuthInvalid)
            );
            assert!(Access::default().role(Some(wrong)).is_err());
        }
    }

    #[test]
    fn only_the_operator_may_act() {
        let access = Access::new(
            Some("operator-token-1".into()),
            Some("reader-token-123".into()),
        );
        let code =
            |access: &Access, token| access.require_operator(token).err().map(|fault| fault.code);
        assert_eq!(code(&access, Some("operator-token-1")), None);
        assert_eq!(code(&access, None), Some(Code::AuthMissing));
        assert_eq!(code(&access, Some("x")), Some(Code::AuthInvalid));
        assert_eq!(
            code(&access, Some("reader-token-123")),
            Some(Code::AuthForbidden)
        );
        let nobody = Access::default();
        assert_eq!(code(&nobody, Some("x")), Some(Code::ConfigMissing));
    }

    #[test]
    fn who_may_report_may_do_nothing_else_and_the_operator_may_not_in_an_address() {
        let [operator, reader, reporter] =
            ["operator-token-1", "reader-token-123", "reporter-token-1"];
        let access = Access::new(Some(operator.into()), Some(reader.into()));
        let alone = access.clone();
        let access = access.reported_with(Some(reporter.into()));
        for (access, token, presented, code) in [
            (&access, Some(reporter), Presented::Bearer, None),
            (&access, Some(reporter), Presented::Address, None),
            (&access, Some(operator), Presented::Bearer, None),
            (
                &access,
                Some(operator),
                Presented::Address,
                Some(Code::AuthForbidden),
            ),
            (
                &access,
                Some(reader),
                Presented::Bearer,
                Some(Code::AuthForbidden),
            ),
            (
                &access,
                Some(reader),
                Presented::Address,
                Some(Code::AuthForbidden),
            ),
            (
                &access,
                Some("reporter-token-"),
                Presented::Bearer,
                Some(Code::AuthInvalid),
            ),
            (
                &access,
                Some(""),
                Presented::Address,
                Some(Code::AuthInvalid),
            ),
            (&access, None, Presented::Bearer, Some(Code::AuthMissing)),
            (&alone, Some(operator), Presented::Bearer, None),
            (
                &alone,
                Some(operator),
                Presented::Address,
                Some(Code::ConfigMissing),
            ),
            (
                &Access::default(),
                Some(operator),
                Presented::Bearer,
                Some(Code::ConfigMissing),
            ),
        ] {
            let refused = access.require_reporter(token, presented).err();
            assert_eq!(refused.map(|fault| fault.code), code, "{token:?}");
        }
        assert!(access.role(Some(reporter)).is_err());
        assert!(access.require_operator(Some(reporter)).is_err());
    }

    #[test]
    fn each_token_is_known_to_be_set_by_itself() {
        let token = || Some(SecretString::from("a-token-of-sixteen"));
        for (operator, reader) in [(false, false), (true, false), (false, true), (true, true)] {
            let access = Access::new(operator.then(token).flatten(), reader.then(token).flatten());
            assert_eq!(
                (access.has_operator(), access.has_reader()),
                (operator, reader)
            );
        }
    }

    #[test]
    fn who_has_both_tokens_is_the_operator_and_a_token_alone_gives_its_role() {
        let token = || Some(SecretString::from("a-token-of-sixteen"));
        let role =
            |operator, reader| Access::new(operator, reader).role(Some("a-token-of-sixteen"));
        assert_eq!(role(token(), token()), Ok(Role::Operator));
        assert_eq!(role(token(), None), Ok(Role::Operator));
        assert_eq!(role(None, token()), Ok(Role::Reader));
        assert!(Role::Anybody < Role::Reader && Role::Reader < Role::Operator);
    }

    #[test]
    fn a_refusal_says_which_token_is_meant() {
        let access = Access::new(
            Some("operator-token-1".into()),
            Some("reader-token-123".into()),
        );
        let said = |access: &Access, token| {
            let fault = access.require_operator(token).expect_err("it is refused");
            (
                fault.detail.into_owned(),
                fault.first_check.map(|text| text.into_owned()),
            )
        };
        let both = Some("OPS_TOKEN and OPS_READ_TOKEN");
        let which = Some("Which token is presented: OPS_TOKEN or OPS_READ_TOKEN");
        for (access, token, detail, first_check) in [
            (
                &Access::default(),
                None,
                "OPS_TOKEN is not set: nobody can order anything.",
                None,
            ),
            (
                &access,
                None,
                "This takes the operator's token, and none was presented.",
                None,
            ),
            (
                &access,
                Some("x"),
                "The bearer token is neither the operator's nor the reader's.",
                both,
            ),
            (
                &access,
                Some("reader-token-123"),
                "The reader's token may look and not act; this takes the operator's.",
                which,
            ),
        ] {
            assert_eq!(
                said(access, token),
                (detail.to_owned(), first_check.map(str::to_owned))
            );
        }
    }
}
