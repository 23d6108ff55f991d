//! What the demo serves, by TLS, which it does not speak: certificates of both kinds that are met, and a public chain's
//! length.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CrlDistributionPoint, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// How many sign nothing here: a system trusts more, and reads a few otherwise than many.
const OTHERS: usize = 40;

/// The keys of who signs and of who is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keys {
    /// P-384 and P-256, as in front of Supabase's gateway.
    Ecdsa,
    /// 2,048 bits, as of most others.
    Rsa,
}

impl Keys {
    fn generate(self) -> [KeyPair; 2] {
        match self {
            Self::Ecdsa => [&PKCS_ECDSA_P384_SHA384, &PKCS_ECDSA_P256_SHA256]
                .map(|algorithm| KeyPair::generate_for(algorithm).expect("a key")),
            Self::Rsa => [rsa(), rsa()],
        }
    }
}

/// ring makes none.
fn rsa() -> KeyPair {
    let made = Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA"])
        .output()
        .expect("openssl is installed");
    let pem = String::from_utf8(made.stdout).expect("it is text");
    KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_RSA_SHA256).expect("a key")
}

/// What is said before the encryption begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Before {
    /// As HTTP does.
    Nothing,
    /// Postgres is asked whether it will.
    Question,
}

/// Servers at `localhost` until it is dropped.
pub(crate) struct Encrypted {
    runtime: Runtime,
    folder: TempDir,
    /// The certificates of who signs, one behind the other.
    roots: String,
}

impl Encrypted {
    pub(crate) fn new() -> Self {
        let key = || KeyPair::generate().expect("a key");
        // Their certificates are as long as those with a key of 4,096 bits.
        let long = "x".repeat(400);
        let other = |nth| authority(&format!("Other {nth} {long}"), key()).pem();
        Self {
            runtime: Runtime::new().expect("a runtime"),
            folder: tempfile::tempdir().expect("a folder"),
            roots: (0..OTHERS).map(other).collect(),
        }
    }

    /// Serves what is served without encryption at this port. Gives its own.
    pub(crate) fn serve(&mut self, behind: u16, keys: Keys, before: Before) -> u16 {
        let acceptor = self.acceptor(keys);
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = self.runtime.block_on(bound).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        self.runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Who goes away in the middle is nobody's concern.
                tokio::spawn(pass(stream, acceptor.clone(), behind, before));
            }
        });
        port
    }

    /// A server that is signed by one that is among the roots from now on.
    fn acceptor(&mut self, keys: Keys) -> TlsAcceptor {
        let [root, own] = keys.generate();
        let root = authority(&format!("{keys:?}"), root);
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("parameters");
        // What a public authority writes into it, which is read.
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec!["http://localhost/crl".to_owned()],
        }];
        let certificate = params.signed_by(&own, &root).expect("it is signed");
        let key = PrivateKeyDer::try_from(own.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("it has them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("they are a pair");
        self.roots.push_str(&root.pem());
        std::fs::write(self.roots(), &self.roots).expect("it is written");
        TlsAcceptor::from(Arc::new(config))
    }

    /// The file with who signs what is served here.
    pub(crate) fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.pem")
    }
}

fn authority(name: &str, key: KeyPair) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, key).expect("a certificate")
}

async fn pass(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    behind: u16,
    before: Before,
) -> std::io::Result<()> {
    if let Before::Question = before {
        stream.read_exact(&mut [0; 8]).await?;
        stream.write_all(b"S").await?;
    }
    let mut stream = acceptor.accept(stream).await?;
    let mut behind = TcpStream::connect((Ipv4Addr::LOCALHOST, behind)).await?;
    copy_bidirectional(&mut stream, &mut behind).await?;
    Ok(())
}
