//! Intel SGX and TDX by Phala's crate `dcap-qvl`, with ring.
use crate::{sample::Sample, Check, Peer, Unsupported};
use dcap_qvl::{verify::QuoteVerifier, QuoteCollateralV3};
use serde_json::{json, value::RawValue};
use std::collections::BTreeMap;

pub const DCAP_QVL: Peer = Peer { name: "dcap-qvl", tees: &["sgx", "tdx"], prepare, not_checked: "" };

/// The exact bytes that were signed, and their signature, of a response of Intel's service.
fn signed_part(response: &str, name: &str) -> (String, Vec<u8>) {
    let parts: BTreeMap<String, &RawValue> = serde_json::from_str(response).expect("a response of Intel's service");
    let hex: String = serde_json::from_str(parts["signature"].get()).expect("a signature in hex");
    let byte = |i| u8::from_str_radix(&hex[i..i + 2], 16).expect("a signature in hex");
    (parts[name].get().to_owned(), (0..hex.len()).step_by(2).map(byte).collect())
}

fn collateral_of(sample: &Sample) -> QuoteCollateralV3 {
    let (tcb_info, tcb_info_signature) = signed_part(&sample.text("tcb_info"), "tcbInfo");
    let (qe_identity, qe_identity_signature) = signed_part(&sample.text("qe_identity"), "enclaveIdentity");
    QuoteCollateralV3 {
        pck_crl_issuer_chain: sample.text("pck_crl_issuer_chain"),
        root_ca_crl: sample.file("root_ca_crl"),
        pck_crl: sample.file("pck_crl"),
        tcb_info_issuer_chain: sample.text("tcb_info_issuer_chain"),
        tcb_info,
        tcb_info_signature,
        qe_identity_issuer_chain: sample.text("qe_identity_issuer_chain"),
        qe_identity,
        qe_identity_signature,
        pck_certificate_chain: None,
    }
}

fn prepare(sample: &Sample) -> Result<Check, Unsupported> {
    if sample.mode != "full" {
        return Err("quotes without all of their collateral");
    }
    let (quote, collateral) = (sample.file("quote"), collateral_of(sample));
    let at = sample.at().unix_timestamp() as u64;
    // Debug and service TDs are for a policy, as in the vectors' truth.
    let verifier = QuoteVerifier::new_prod().allow_debug(true).allow_service_td(true);
    Ok(Box::new(move || {
        let verified = verifier.verify(&quote, &collateral, at)?;
        Ok(json!({"tcb_status": verified.status, "advisory_ids": verified.advisory_ids}))
    }))
}
