//! The IAM role whose credentials clients get.

use std::fmt;
use std::str::FromStr;

/// The ARN of an IAM role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    arn: String,
    partition: String,
    account: String,
}

/// The text is not the ARN of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is written as arn:aws:iam::123456789012:role/NAME")]
pub struct InvalidRole;

impl Role {
    /// The whole ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The prefix of the ARNs of this account's IoT resources in a region.
    ///
    /// # Errors
    /// If `region` is malformed, so that it cannot escape from the ARN.
    pub fn iot_resources(&self, region: &str) -> Result<String, InvalidRegion> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || !region.bytes().all(plain) {
            return Err(InvalidRegion(region.to_owned()));
        }
        let Self {
            partition, account, ..
        } = self;
        Ok(format!("arn:{partition}:iot:{region}:{account}:"))
    }
}

/// The text is not a region's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no AWS region: set AWS_REGION to one such as eu-west-1")]
pub struct InvalidRegion(String);

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(arn: &str) -> Result<Self, InvalidRole> {
        let mut parts = arn.splitn(6, ':');
        let mut next = || parts.next().ok_or(InvalidRole);
        let (prefix, partition, service) = (next()?, next()?, next()?);
        let (region, account, resource) = (next()?, next()?, next()?);
        let known_partition = partition == "aws"
            || partition.strip_prefix("aws-").is_some_and(|rest| {
                !rest.is_empty()
                    && rest
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            });
        let name = resource.strip_prefix("role/").ok_or(InvalidRole)?;
        let valid = prefix == "arn"
            && known_partition
            && service == "iam"
            && region.is_empty()
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte));
        if !valid {
            return Err(InvalidRole);
        }
        Ok(Self {
            arn: arn.to_owned(),
            partition: partition.to_owned(),
            account: account.to_owned(),
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_names_the_partition_and_account_of_its_resources() {
        let check = |arn: &str, region: &str, resources: &str| {
            let role: Role = arn.parse().unwrap();
            assert_eq!(role.iot_resources(region).unwrap(), resources);
        };
        check(
            "arn:aws:iam::123456789012:role/lastwill",
            "eu-west-1",
            "arn:aws:iot:eu-west-1:123456789012:",
        );
        check(
            "arn:aws-cn:iam::123456789012:role/path/lastwill",
            "cn-north-1",
            "arn:aws-cn:iot:cn-north-1:123456789012:",
        );
        check(
            "arn:aws-us-gov:iam::123456789012:role/lastwill",
            "us-gov-west-1",
            "arn:aws-us-gov:iot:us-gov-west-1:123456789012:",
        );
    }

    #[test]
    fn malformed_roles_and_regions_are_refused() {
        for arn in [
            "",
            "lastwill",
            "arn:aws:iam::123456789012:user/lastwill",
            "arn:aws:iam::12345678901:role/lastwill",
            "arn:aws:iam::*:role/lastwill",
            "arn:*:iam::123456789012:role/lastwill",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a*",
            "arn:aws:sts::123456789012:assumed-role/a/b",
        ] {
            assert_eq!(arn.parse::<Role>(), Err(InvalidRole), "{arn}");
        }
        let role: Role = "arn:aws:iam::123456789012:role/a".parse().unwrap();
        for region in ["", "*", "eu:west", "eu west", "EU-WEST-1"] {
            assert!(role.iot_resources(region).is_err(), "{region}");
        }
    }
}
