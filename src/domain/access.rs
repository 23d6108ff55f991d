//! Who may see more than anybody: the two tokens.

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

/// The tokens that are accepted.
#[derive(Debug, Clone, Default)]
pub struct Access {
    operator: Option<SecretString>,
    reader: Option<SecretString>,
}

impl Access {
    /// Accepts these tokens.
    #[must_use]
    pub fn new(operator: Option<SecretString>, reader: Option<SecretString>) -> Self {
        Self { operator, reader }
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
        let is = |known: &Option<SecretString>| {
            known.as_ref().is_some_and(|known| {
                known
                    .expose_secret()
                    .as_bytes()
                    .ct_eq(token.as_bytes())
                    .into()
            })
        };
        // Both are compared, whatever the first comparison says.
        match (is(&self.operator), is(&self.reader)) {
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
}
