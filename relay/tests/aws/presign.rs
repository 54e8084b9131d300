use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::Credentials;
use relay::aws::broker::{Endpoint, presign};

/// What botocore 1.43.106 signs: `SigV4QueryAuth(credentials without the token,
/// "iotdevicegateway", region, expires=300)` for `GET https://{host in lower case}/mqtt`, then
/// `&X-Amz-Security-Token=` and the token, quoted.
struct Vector {
    name: &'static str,
    endpoint: &'static str,
    region: &'static str,
    secret: &'static str,
    token: Option<&'static str>,
    /// Seconds since 1970.
    time: u64,
    url: &'static str,
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

const VECTORS: [Vector; 7] = [
    Vector {
        name: "a plain key",
        endpoint: "abc123-ats.iot.us-east-1.amazonaws.com",
        region: "us-east-1",
        secret: SECRET,
        token: None,
        time: 1_440_938_160,
        url: concat!(
            "wss://abc123-ats.iot.us-east-1.amazonaws.com/mqtt?",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fiotdevicegateway%2Faws4_request",
            "&X-Amz-Date=20150830T123600Z",
            "&X-Amz-Expires=300",
            "&X-Amz-SignedHeaders=host",
            "&X-Amz-Signature=5d25aecab72c4ed82eac795cf62ece9a169d450387a7c7bc0019675a8a5b0781",
        ),
    },
    Vector {
        name: "a token with +, / and =",
        endpoint: "abc123-ats.iot.us-east-1.amazonaws.com",
        region: "us-east-1",
        secret: SECRET,
        token: Some("IQoJb3JpZ2luX2VjE+/a/b+c=="),
        time: 1_440_938_160,
        url: concat!(
            "wss://abc123-ats.iot.us-east-1.amazonaws.com/mqtt?",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=ASIAEXAMPLE%2F20150830%2Fus-east-1%2Fiotdevicegateway%2Faws4_request",
            "&X-Amz-Date=20150830T123600Z",
            "&X-Amz-Expires=300",
            "&X-Amz-SignedHeaders=host",
            "&X-Amz-Signature=770c9181f446dc573802d5fb856ee063680bf6128d72d0b6da5808f454415c3c",
            "&X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2B%2Fa%2Fb%2Bc%3D%3D",
        ),
    },
    Vector {
        name: "a region with two hyphenated words",
        endpoint: "abc123-ats.iot.ap-southeast-7.amazonaws.com",
        region: "ap-southeast-7",
        secret: SECRET,
        token: Some("AQoDYXdzEPT"),
        time: 1_795_305_600,
        url: concat!(
            "wss://abc123-ats.iot.ap-southeast-7.amazonaws.com/mqtt?",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=ASIAEXAMPLE%2F20261122%2Fap-southeast-7%2Fiotdevicegateway%2Faws4_request",
            "&X-Amz-Date=20261122T000000Z",
            "&X-Amz-Expires=300",
            "&X-Amz-SignedHeaders=host",
            "&X-Amz-Signature=2ee8e0dea0b68379122d782698ec6625d419a0ec7ed52c07826486563e2dd97f",
            "&X-Amz-Security-Token=AQoDYXdzEPT",
        ),
    },
    Vector {
        name: "the partition of China",
        endpoint: "abc123.ats.iot.cn-north-1.amazonaws.com.cn",
        region: "cn-north-1",
        secret: SECRET,
        token: Some("AQoDYXdzEPT//////////wEXAMPLE+token="),
        time: 1_795_391_999,
        url: concat!(
            "wss://abc123.ats.iot.cn-north-1.amazonaws.com.cn/mqtt?",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=ASIAEXAMPLE%2F20261122%2Fcn-north-1%2Fiotdevicegateway%2Faws4_request",
            "&X-Amz-Date=20261122T235959Z",
            "&X-Amz-Expires=300",
            "&X-Amz-SignedHeaders=host",
            "&X-Amz-Signature=aafa0a06759b20c45aecfb5a99628d47196ae7abd4e33717a2d5eafd28895441",
            "&X-Amz-Security-Token=AQoDYXdzEPT%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEXAMPLE%2Btoken%3D",
        ),
    },
    Vector {
        name: "the partition of GovCloud",
        endpoint: "abc123-ats.iot.us-gov-west-1.amazonaws.com",
        region: "us-gov-west-1",
        secret: SECRET,
        token: Some("AQoDYXdzEPT=="),
        time: 1_709_168_523,
        url: concat!(
            "wss://abc123-ats.iot.us-gov-west-1.amazonaws.com/mqtt?",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=ASIAEXAMPLE%2F20240229%2Fus-gov-west-1%2Fiotdevicegateway%2Faws4_request",
            "&X-Amz-Date=20240229T010203Z",
            "&X-Amz-Expires=300",
            "&X-Amz-SignedHeaders=host",
            "&X-Amz-Signature=b246d48f011d820d03c149e846bbf9c69b945432a0eecb3368d6523e0c4fbb96",
            "&X-Amz-Security-Token=AQoDYXdzEPT%3D%3D",
        ),
    },
    Vector {
        name: "a host in capitals",
        endpoint: "ABC123-ATS.IoT.EU-Central-1.AMAZONAWS.COM",
        region: "eu-central-1",
        secret: SECRET,
        token: Some("AQoDYXdzEPT+"),
        time: 1_767_225_600,
        url: concat!(
            "wss://abc123-ats.iot.eu-central-1.amazonaws.com/mqtt?",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=ASIAEXAMPLE%2F20260101%2Feu-central-1%2Fiotdevicegateway%2Faws4_request",
            "&X-Amz-Date=20260101T000000Z",
            "&X-Amz-Expires=300",
            "&X-Amz-SignedHeaders=host",
            "&X-Amz-Signature=b6e0a82147c2fcf2b625c8b9b1e0c5e9c2b55fa8af27fb39c7890e4991cbb1f1",
            "&X-Amz-Security-Token=AQoDYXdzEPT%2B",
        ),
    },
    Vector {
        name: "a port",
        endpoint: "ws://abc123-ats.iot.us-east-1.localhost:4566",
        region: "us-east-1",
        secret: "a/b+c=",
        token: Some("t+/="),
        time: 1_767_225_600,
        url: concat!(
            "ws://abc123-ats.iot.us-east-1.localhost:4566/mqtt?",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=ASIAEXAMPLE%2F20260101%2Fus-east-1%2Fiotdevicegateway%2Faws4_request",
            "&X-Amz-Date=20260101T000000Z",
            "&X-Amz-Expires=300",
            "&X-Amz-SignedHeaders=host",
            "&X-Amz-Signature=9521e27380b2e6286e5914911da62de86b3af35107d6eb429abf4d54fe366ff9",
            "&X-Amz-Security-Token=t%2B%2F%3D",
        ),
    },
];

#[test]
fn a_presigned_url_equals_that_of_botocore() {
    for vector in VECTORS {
        let endpoint: Endpoint = vector.endpoint.parse().unwrap();
        let key = if vector.token.is_some() {
            "ASIAEXAMPLE"
        } else {
            "AKIDEXAMPLE"
        };
        let token = vector.token.map(str::to_owned);
        let credentials = Credentials::new(key, vector.secret, token, None, "test");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(vector.time);
        let url = presign::websocket_url(&endpoint, vector.region, credentials, time).unwrap();
        assert_eq!(url, vector.url, "{}", vector.name);
    }
}
