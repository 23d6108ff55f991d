//! Certificates, good and bad.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Who issues certificates.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("it is written");
        Self { issuer, folder }
    }

    /// The file with its own certificate.
    pub(crate) fn file(&self) -> String {
        self.path().display().to_string()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for this host; one that is not valid has expired.
    pub(crate) fn issue(&self, host: &str, valid: bool) -> Identity {
        let mut params = CertificateParams::new([host.to_owned()]).expect("parameters");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(if valid { 2100 } else { 2021 }, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("it is signed");
        Identity { certificate, key }
    }
}

/// What a server shows of itself, until it shows another.
#[derive(Debug)]
pub(crate) struct Shown(Mutex<Arc<CertifiedKey>>);

impl Shown {
    fn of(identity: &Identity) -> Arc<CertifiedKey> {
        let key = PrivateKeyDer::try_from(identity.key.serialize_der()).expect("a key");
        let certificate = vec![identity.certificate.der().clone()];
        let provider = rustls::crypto::ring::default_provider();
        Arc::new(CertifiedKey::from_der(certificate, key, &provider).expect("they are a pair"))
    }

    /// From now on it is this one.
    pub(crate) fn change(&self, identity: &Identity) {
        *self.0.lock().expect("it is whole") = Self::of(identity);
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.lock().expect("it is whole")))
    }
}

/// A server that answers every connection with these bytes, over TLS, and whose sessions can be resumed. It
/// ends with the test.
pub(crate) async fn serve_tls(identity: &Identity, answer: &'static str) -> u16 {
    serve_tls_of(identity, answer).await.0
}

/// The same, and what it shows of itself.
pub(crate) async fn serve_tls_of(identity: &Identity, answer: &'static str) -> (u16, Arc<Shown>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let shown = Arc::new(Shown(Mutex::new(Shown::of(identity))));
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(shown.clone());
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, shown)
}
