//! ARM CCA tokens by Veraison's crate `ccatoken`.
use crate::{sample::Sample, Check, Peer, Unsupported};
use ccatoken::{store::Cpak, token::Evidence};
use serde_json::{json, value::RawValue};

pub const CCATOKEN: Peer =
    Peer { name: "ccatoken", tees: &["cca"], prepare, not_checked: "the realm's challenge, the life cycle" };

/// AR4SI: what lies beyond is a warning, or speaks against it.
const MOST_AFFIRMING: i64 = 31;

/// The key as the platform that the token names would have it in a store of trust anchors.
fn prepare(sample: &Sample) -> Result<Check, Unsupported> {
    let (token, cpak) = (sample.file("token"), sample.text("cpak"));
    Ok(Box::new(move || {
        let mut evidence = Evidence::decode(&token)?;
        let mut anchor = Cpak {
            raw_pkey: RawValue::from_string(cpak.clone())?,
            inst_id: evidence.platform_claims.inst_id,
            impl_id: evidence.platform_claims.impl_id,
            ..Default::default()
        };
        anchor.parse_pkey()?;
        evidence.verify_with_cpak(anchor)?;
        // A key that is not bound succeeds, and is told in the trust vector.
        let (platform, realm) = evidence.get_trust_vectors();
        for vector in [json!(platform), json!(realm)] {
            let claims = vector.as_object().ok_or("a trust vector is no object")?;
            if claims.values().any(|claim| claim.as_i64().is_none_or(|claim| claim > MOST_AFFIRMING)) {
                return Err(format!("trust vector {vector}").into());
            }
        }
        Ok(json!({}))
    }))
}

/// As one would call it who keeps platform tokens that were verified before.
pub const CCATOKEN_REALM: Peer = Peer {
    name: "ccatoken, the realm token alone",
    tees: &["cca"],
    prepare: prepare_realm,
    not_checked: "the platform token, that it binds the realm's key, and what ccatoken does not check",
};

fn prepare_realm(sample: &Sample) -> Result<Check, Unsupported> {
    let token = sample.file("token");
    Ok(Box::new(move || {
        Evidence::decode(&token)?.verify_realm_token()?;
        Ok(json!({}))
    }))
}
