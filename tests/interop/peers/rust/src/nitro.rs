//! AWS Nitro documents by the crate `nitro_attest`.
use crate::{sample::Sample, Check, Peer, Unsupported};
use nitro_attest::UnparsedAttestationDoc;
use serde_json::json;

pub const NITRO_ATTEST: Peer =
    Peer { name: "nitro_attest", tees: &["nitro"], prepare, not_checked: "CA, path length and key usage of certificates" };

fn prepare(sample: &Sample) -> Result<Check, Unsupported> {
    let (document, at) = (sample.file("document"), sample.at());
    Ok(Box::new(move || {
        let verified = UnparsedAttestationDoc::from(document.as_slice()).parse_and_verify(at)?;
        Ok(json!({"module_id": verified.module_id}))
    }))
}
