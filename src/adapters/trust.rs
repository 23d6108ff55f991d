//! Whose certificates are trusted: those that the system trusts.
//!
//! # Design notes
//!
//! - The system's root certificates are read once for all that are asked over HTTP, and not before the first certificate is
//!   met: reading them takes milliseconds, and most that a service needs in its first second speaks no TLS.
//!   Where there are none, it is tried again each time. (sqlx takes none from us: with sslmode verify-ca or verify-full
//!   it reads them at each login.)
//! - No session is resumed: a server that resumes one shows no certificate, so that one that has expired
//!   meanwhile would stay unseen.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// How an encrypted connection to any peer is made.
///
/// # Errors
///
/// That of rustls, where its provider has no version of TLS.
pub(super) fn client_config() -> Result<ClientConfig, rustls::Error> {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let provider = Arc::new(ring::default_provider());
    let trust = Trust {
        provider: Arc::clone(&provider),
        system: OnceLock::new(),
        reading: Mutex::default(),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(CONFIG.get_or_init(|| config).clone())
}

/// Whether that is why a certificate was refused: the system trusts nobody at all.
pub(super) fn is_lack_of_roots(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::Other(other) if other.0.is::<NoRoots>())
}

/// That the system has no root certificates.
#[derive(Debug)]
struct NoRoots(rustls::Error);

impl fmt::Display for NoRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for NoRoots {}

/// What the system trusts, as soon as somebody asks.
#[derive(Debug)]
struct Trust {
    provider: Arc<CryptoProvider>,
    system: OnceLock<Verifier>,
    /// Held by who reads them, so that nobody does beside.
    reading: Mutex<()>,
}

impl Trust {
    fn system(&self) -> Result<&Verifier, rustls::Error> {
        if let Some(system) = self.system.get() {
            return Ok(system);
        }
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(system) = self.system.get() {
            return Ok(system);
        }
        let system = Verifier::new(Arc::clone(&self.provider))
            .map_err(|error| rustls::Error::Other(OtherError(Arc::new(NoRoots(error)))))?;
        Ok(self.system.get_or_init(|| system))
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.system()?.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.system()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.system()?.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
