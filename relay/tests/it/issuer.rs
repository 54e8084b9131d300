use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use relay::token::{Signer, unix_time};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RsaKeyPair, RsaPublicKeyComponents,
};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

pub(crate) const AUDIENCE: &str = "lastwill";

/// A key of an issuer: its private and its published half.
#[derive(Clone)]
pub(crate) struct Key {
    algorithm: Algorithm,
    encoding: EncodingKey,
    pub(crate) public: Value,
}

impl Key {
    /// A new key for ES256.
    pub(crate) fn ec(id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let private = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        Self {
            algorithm: Algorithm::ES256,
            encoding: EncodingKey::from_ec_der(private.as_ref()),
            public: json!({
                "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
                "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
            }),
        }
    }

    /// A fixed key for RS256, whose generation takes too long.
    pub(crate) fn rsa(id: &str) -> Self {
        let private = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("sns/key.pem")).unwrap();
        let pair = RsaKeyPair::from_pkcs8(private.secret_pkcs8_der()).unwrap();
        let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
        Self {
            algorithm: Algorithm::RS256,
            encoding: EncodingKey::from_rsa_der(private.secret_pkcs8_der()),
            public: json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
                "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e),
            }),
        }
    }

    /// A token with these claims, signed with this key.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        // Creating a signer installs the JWT library's cryptography.
        drop(Signer::new(&[0; 32]));
        let mut header = Header::new(self.algorithm);
        header.kid = self.public["kid"].as_str().map(Into::into);
        jsonwebtoken::encode(&header, claims, &self.encoding).unwrap()
    }
}

/// What an issuer publishes.
#[derive(Default)]
pub(crate) struct Site {
    pub(crate) keys: Vec<Value>,
    /// The issuer in its discovery document, if not its own URL.
    pub(crate) alias: Option<String>,
    /// How often its keys were fetched.
    pub(crate) fetched: usize,
    /// Whether it answers with an error.
    pub(crate) down: bool,
}

/// An issuer on this machine, until the tests' process ends.
pub(crate) struct LocalIssuer {
    pub(crate) url: String,
    pub(crate) site: Arc<Mutex<Site>>,
}

impl LocalIssuer {
    pub(crate) fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let site = Arc::new(Mutex::new(Site {
            keys: keys.iter().map(|key| key.public.clone()).collect(),
            ..Site::default()
        }));
        let (base, shared) = (url.clone(), Arc::clone(&site));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut request = String::new();
                stream.read_line(&mut request).unwrap();
                let mut line = String::new();
                while stream.read_line(&mut line).unwrap() > 2 {
                    line.clear();
                }
                let (status, body) = answer(&base, &mut shared.lock().unwrap(), &request);
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.get_mut().write_all(head.as_bytes()).unwrap();
                stream.get_mut().write_all(body.as_bytes()).unwrap();
            }
        });
        Self { url, site }
    }

    /// The claims of a valid ID token of this subject.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        let now = unix_time();
        json!({
            "iss": self.url, "aud": AUDIENCE, "sub": subject,
            "iat": now, "nbf": now, "exp": now + 600,
        })
    }
}

fn answer(base: &str, site: &mut Site, request: &str) -> (&'static str, String) {
    let path = request.split(' ').nth(1).unwrap();
    match path {
        _ if site.down => ("503 Service Unavailable", String::new()),
        "/.well-known/openid-configuration" => {
            let issuer = site.alias.as_deref().unwrap_or(base);
            let document = json!({ "issuer": issuer, "jwks_uri": format!("{base}/keys") });
            ("200 OK", document.to_string())
        }
        "/keys" => {
            site.fetched += 1;
            ("200 OK", json!({ "keys": site.keys }).to_string())
        }
        _ => ("404 Not Found", String::new()),
    }
}
