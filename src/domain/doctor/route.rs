//! The way to Postgres, as far as its URL says: what stands at that host and port.

use crate::domain::target::is_private;

/// What a URL of Postgres leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseRoute {
    /// What answers there.
    pub kind: HostKind,
    /// The port.
    pub port: u16,
    /// What is asked for of TLS.
    pub encryption: Encryption,
    /// Whether it leaves neither this machine nor a private network.
    pub is_private: bool,
}

/// What answers at a host and port; Supabase's are documented, others do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// Supabase's `db.*.supabase.co`: Postgres itself.
    Direct,
    /// The same host on port 6543: a `PgBouncer` beside Postgres.
    DedicatedPooler,
    /// Supabase's shared pooler on port 5432: a connection has a backend for itself.
    SessionPooler,
    /// Supabase's shared pooler on port 6543: a transaction has a backend for itself.
    TransactionPooler,
    /// A host that says nothing.
    Other,
}

/// What `sslmode` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// None, or whatever the other side offers.
    Optional,
    /// Some, with whoever answers: `require` looks at no certificate.
    Required,
    /// With whoever has a certificate that is to be trusted.
    Verified,
}

impl DatabaseRoute {
    /// The route to a host and port.
    #[must_use]
    pub fn new(host: &str, port: u16, encryption: Encryption) -> Self {
        let is_private = is_private(host);
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let kind = if host.starts_with("db.") && host.ends_with(".supabase.co") {
            match port {
                6543 => HostKind::DedicatedPooler,
                _ => HostKind::Direct,
            }
        } else if host.ends_with(".pooler.supabase.com") {
            match port {
                6543 => HostKind::TransactionPooler,
                _ => HostKind::SessionPooler,
            }
        } else {
            HostKind::Other
        };
        Self {
            kind,
            port,
            encryption,
            is_private,
        }
    }

    /// Whether a pooler stands before Postgres, as far as host and port say: those of others have usual
    /// ports.
    #[must_use]
    pub fn is_pooled(&self) -> bool {
        match self.kind {
            HostKind::Direct => false,
            HostKind::DedicatedPooler | HostKind::SessionPooler | HostKind::TransactionPooler => {
                true
            }
            HostKind::Other => matches!(self.port, 6543 | 6432),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_host_is_known_by_its_name_and_port() {
        for (host, port, kind, is_private) in [
            ("db.abc.supabase.co", 5432, HostKind::Direct, false),
            (
                "DB.abc.supabase.co.",
                6543,
                HostKind::DedicatedPooler,
                false,
            ),
            (
                "aws-0-eu-west-1.pooler.supabase.com",
                5432,
                HostKind::SessionPooler,
                false,
            ),
            (
                "aws-0-eu-west-1.pooler.supabase.com",
                6543,
                HostKind::TransactionPooler,
                false,
            ),
            ("postgres.railway.internal", 5432, HostKind::Other, true),
            ("127.0.0.1", 6543, HostKind::Other, true),
            ("[::1]", 5432, HostKind::Other, true),
            ("/run/postgresql", 5432, HostKind::Other, true),
            ("db.example.com", 5432, HostKind::Other, false),
        ] {
            let route = DatabaseRoute::new(host, port, Encryption::Required);
            assert_eq!((route.kind, route.is_private), (kind, is_private), "{host}");
        }
    }

    #[test]
    fn a_pooler_is_known_by_its_host_or_by_its_usual_port() {
        for (host, port, is_pooled) in [
            ("db.abc.supabase.co", 5432, false),
            ("db.abc.supabase.co", 6543, true),
            ("aws-0-eu-west-1.pooler.supabase.com", 5432, true),
            ("127.0.0.1", 5432, false),
            ("127.0.0.1", 6432, true),
        ] {
            let route = DatabaseRoute::new(host, port, Encryption::Optional);
            assert_eq!(route.is_pooled(), is_pooled, "{host}:{port}");
        }
    }

    #[test]
    fn only_a_whole_name_tells_whose_host_it_is_and_the_rest_is_kept() {
        for (host, kind) in [
            ("abc.supabase.co", HostKind::Other),
            ("db.abc.supabase.co.test", HostKind::Other),
            ("x.pooler.supabase.com.test", HostKind::Other),
            ("X.POOLER.SUPABASE.COM.", HostKind::SessionPooler),
        ] {
            let route = DatabaseRoute::new(host, 5433, Encryption::Optional);
            assert_eq!((route.kind, route.port), (kind, 5433), "{host}");
            assert_eq!(route.encryption, Encryption::Optional);
        }
        let direct = DatabaseRoute::new("db.abc.supabase.co", 5433, Encryption::Verified);
        assert_eq!(direct.kind, HostKind::Direct);
        assert_eq!(direct.encryption, Encryption::Verified);
    }
}
