use std::env;
use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use ehttp::{Headers, Method, Request};
use relay::aws;
use relay::aws::broker::Role;
use relay_testing::PATIENCE;
use tempfile::TempDir;

pub(crate) const REGION: &str = "eu-west-1";

/// The double's only account.
const ACCOUNT: &str = "000000000000";

/// The table of matches.
pub(crate) const TABLE: &str = "lastwill";

/// The variable that names the program.
const PROGRAM: &str = "LASTWILL_MINISTACK";

/// Attempts to start on a port that was free a moment ago.
const ATTEMPTS: usize = 5;

/// A running ministack with the relay's user and the clients' role. Dropping it ends it.
pub(crate) struct Double {
    process: Child,
    url: String,
    relay: Credentials,
    /// Its working folder.
    _folder: TempDir,
}

impl Double {
    pub(crate) fn start() -> Self {
        let program = Self::python();
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let mut process = spawn(Path::new(&program), folder.path(), port);
            let url = format!("http://127.0.0.1:{port}");
            if is_up(&mut process, &url) {
                let mut double = Self {
                    process,
                    url,
                    relay: root(),
                    _folder: folder,
                };
                double.relay = double.set_up();
                return double;
            }
        }
        panic!("ministack does not start: {}", program.display());
    }

    /// Its URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The Python interpreter of the double.
    pub(crate) fn python() -> OsString {
        env::var_os(PROGRAM).unwrap_or_else(|| {
            panic!("these tests need ministack: run them by `cargo xtask test --only aws`")
        })
    }

    /// Its host and port.
    pub(crate) fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn role(&self) -> Role {
        format!("arn:aws:iam::{ACCOUNT}:role/lastwill")
            .parse()
            .unwrap()
    }

    /// The SDK configuration of the relay.
    pub(crate) async fn config(&self) -> SdkConfig {
        self.config_of(self.relay.clone()).await
    }

    /// The SDK configuration of the account's root.
    pub(crate) async fn root_config(&self) -> SdkConfig {
        self.config_of(root()).await
    }

    async fn config_of(&self, who: Credentials) -> SdkConfig {
        aws::loader()
            .endpoint_url(&self.url)
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(who))
            .load()
            .await
    }

    /// Creates the table [`TABLE`].
    pub(crate) async fn make_table(&self) {
        let keys = [("kind", KeyType::Hash), ("id", KeyType::Range)];
        let call = aws_sdk_dynamodb::Client::new(&self.root_config().await)
            .create_table()
            .table_name(TABLE)
            .billing_mode(BillingMode::PayPerRequest);
        let call = keys.into_iter().fold(call, |call, (name, kind)| {
            let attribute = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S);
            let key = KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind);
            call.attribute_definitions(attribute.build().unwrap())
                .key_schema(key.build().unwrap())
        });
        call.send().await.unwrap();
    }

    /// The relay's configuration as environment variables.
    pub(crate) fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ACCESS_KEY_ID", self.relay.access_key_id().into()),
            (
                "AWS_SECRET_ACCESS_KEY",
                self.relay.secret_access_key().into(),
            ),
            ("AWS_REGION", REGION.into()),
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("LASTWILL_AWS_ROLE", self.role().to_string()),
        ]
    }

    /// Creates a user with the documented policy, and the role that it may assume.
    fn set_up(&self) -> Credentials {
        let answer = self.iam(&[("Action", "CreateUser"), ("UserName", "relay")]);
        let user = text_of(&answer, "Arn");
        self.iam(&[
            ("Action", "CreateRole"),
            ("RoleName", "lastwill"),
            (
                "AssumeRolePolicyDocument",
                &deployed("trust").replace("RELAY", &user),
            ),
        ]);
        self.iam(&[
            ("Action", "PutRolePolicy"),
            ("RoleName", "lastwill"),
            ("PolicyName", "clients"),
            ("PolicyDocument", &deployed("clients")),
        ]);
        self.iam(&[
            ("Action", "PutUserPolicy"),
            ("UserName", "relay"),
            ("PolicyName", "relay"),
            (
                "PolicyDocument",
                &deployed("relay")
                    .replace("ROLE", "lastwill")
                    .replace("TABLE", TABLE),
            ),
        ]);
        let answer = self.iam(&[("Action", "CreateAccessKey"), ("UserName", "relay")]);
        Credentials::new(
            text_of(&answer, "AccessKeyId"),
            text_of(&answer, "SecretAccessKey"),
            None,
            None,
            "double",
        )
    }

    /// Calls IAM as the account's root; yields the XML.
    fn iam(&self, parameters: &[(&str, &str)]) -> String {
        self.query("iam", "2010-05-08", parameters)
    }

    /// Calls a service that takes forms as the account's root; yields the XML.
    pub(crate) fn query(
        &self,
        service: &str,
        version: &str,
        parameters: &[(&str, &str)],
    ) -> String {
        let body: Vec<String> = [("Version", version)]
            .iter()
            .chain(parameters)
            .map(|(name, value)| format!("{name}={}", quoted(value)))
            .collect();
        let form = "application/x-www-form-urlencoded";
        self.call(service, "POST", "/", form, body.join("&").into_bytes())
    }

    /// Calls a service as the account's root; yields the answer's text.
    pub(crate) fn call(
        &self,
        service: &str,
        method: &str,
        path: &str,
        content: &str,
        body: Vec<u8>,
    ) -> String {
        let content = ("content-type", content);
        let identity = root().into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let signing = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let url = format!("{}{path}", self.url);
        let signable = SignableRequest::new(
            method,
            &url,
            [content].into_iter(),
            SignableBody::Bytes(&body),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &signing).unwrap().into_parts();
        let mut request = Request {
            method: Method::parse(method).unwrap(),
            ..Request::post(&url, body)
        }
        .with_headers(Headers::new(&[content]));
        for (name, value) in instructions.headers() {
            request.headers.insert(name, value);
        }
        let answer = ehttp::fetch_blocking(&request).unwrap();
        let text = answer.text().unwrap_or_default().to_owned();
        assert!(answer.ok, "{service} {path}: {text}");
        text
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn root() -> Credentials {
    Credentials::new("test", "test", None, None, "root")
}

fn spawn(program: &Path, folder: &Path, port: u16) -> Child {
    let settings = [
        ("AUTH", "true"),
        ("BIND_HOST", "127.0.0.1"),
        ("IOT_MTLS_ENABLED", "0"),
        (
            "SERVICES",
            "apigateway,cloudformation,cloudfront,dynamodb,iam,iot,iot-data,lambda,logs,s3,scheduler,sns,sts",
        ),
        ("SFTP_ENABLED", "0"),
        ("LOG_LEVEL", "ERROR"),
    ];
    Command::new(program)
        .args(["-m", "ministack"])
        .envs(settings)
        .env("GATEWAY_PORT", port.to_string())
        // Of the functions that it runs.
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("TMPDIR", folder)
        // Keys in the environment would become those of the double's root.
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env_remove("AWS_SESSION_TOKEN")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()))
}

/// Waits until it answers; `false` if it ends before.
fn is_up(process: &mut Child, url: &str) -> bool {
    let started = Instant::now();
    let health = Request::get(format!("{url}/_ministack/health"));
    while started.elapsed() < PATIENCE {
        if ehttp::fetch_blocking(&health).is_ok_and(|answer| answer.ok) {
            return true;
        }
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = process.kill();
    let _ = process.wait();
    false
}

/// One of the documented policies.
fn deployed(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/aws");
    fs::read_to_string(folder.join(format!("{name}.json")))
        .unwrap()
        .replace("REGION", REGION)
        .replace("ACCOUNT", ACCOUNT)
}

/// The text of the first element of this name.
pub(crate) fn text_of(xml: &str, element: &str) -> String {
    let (_, rest) = xml.split_once(&format!("<{element}>")).unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// Percent-encodes a form's value.
fn quoted(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
