use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use client::lobby::Client;

use crate::double::{Double, REGION, text_of};
use relay_testing::PATIENCE;

const NAME: &str = "lastwill";

/// The key of the function's package.
const PACKAGE: &str = "/code/lambda.zip";

/// Version of CloudFormation's API.
const VERSION: &str = "2010-05-15";

/// The relay as the template deploys it, in a double. It ends with the double.
pub(crate) struct Stack {
    /// The URL of the lobby.
    url: String,
    /// The function's name.
    function: String,
    /// The table's name.
    pub(crate) table: String,
}

impl Stack {
    pub(crate) fn deploy(double: &Double) -> Self {
        let octets = "application/octet-stream";
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        );
        double.call("s3", "PUT", "/code", "application/xml", place.into_bytes());
        double.call("s3", "PUT", PACKAGE, octets, package());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
        let template = fs::read_to_string(folder.join("template.yaml")).unwrap();
        let template = template.replace("CodeUri: lambda/", &format!("CodeUri: s3:/{PACKAGE}"));
        double.query(
            "cloudformation",
            VERSION,
            &[
                ("Action", "CreateStack"),
                ("StackName", NAME),
                ("TemplateBody", &template),
                ("Capabilities.member.1", "CAPABILITY_IAM"),
                ("Capabilities.member.2", "CAPABILITY_AUTO_EXPAND"),
            ],
        );
        let description = finished(double);
        let output = |key: &str| {
            let key = format!("<OutputKey>{key}</OutputKey>");
            let (_, rest) = description.split_once(&key).unwrap();
            text_of(rest, "OutputValue")
        };
        let address = output("ApiUrl");
        let api = address.trim_start_matches("https://").split('.').next();
        let resource = [
            ("Action", "DescribeStackResource"),
            ("StackName", NAME),
            ("LogicalResourceId", "Relay"),
        ];
        let function = double.query("cloudformation", VERSION, &resource);
        Self {
            url: format!(
                "{}/_aws/execute-api/{}/$default",
                double.url(),
                api.unwrap()
            ),
            function: text_of(&function, "PhysicalResourceId"),
            table: output("Table"),
        }
    }

    /// A client of the lobby.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// Invokes the function as its schedule does every minute.
    pub(crate) fn tend(&self, double: &Double) {
        let path = format!("/2015-03-31/functions/{}/invocations", self.function);
        let event = br#"{"version": "0", "detail-type": "Scheduled Event", "detail": {}}"#;
        let answer = double.call("lambda", "POST", &path, "application/json", event.to_vec());
        assert_eq!(answer, "null", "nothing went wrong");
    }
}

/// The function's package as `cargo xtask deploy` builds it, with this build's program.
fn package() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let deployed = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/bootstrap");
    fs::copy(deployed, folder.path().join("bootstrap")).unwrap();
    let program = folder.path().join("relay");
    let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_relay"));
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let packed = Command::new(Double::python())
        .args(["-m", "zipfile", "-c", "lambda.zip", "bootstrap", "relay"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(packed.success());
    fs::read(folder.path().join("lambda.zip")).unwrap()
}

/// Waits until the stack is created; yields its description.
fn finished(double: &Double) -> String {
    let started = Instant::now();
    loop {
        let call = [("Action", "DescribeStacks"), ("StackName", NAME)];
        let description = double.query("cloudformation", VERSION, &call);
        let status = text_of(&description, "StackStatus");
        if status == "CREATE_COMPLETE" {
            return description;
        }
        assert_eq!(status, "CREATE_IN_PROGRESS", "{description}");
        assert!(started.elapsed() < PATIENCE, "{description}");
        thread::sleep(Duration::from_millis(50));
    }
}
