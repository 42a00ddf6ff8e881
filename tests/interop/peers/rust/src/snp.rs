//! AMD SEV-SNP by VirTEE's crate `sev`, with OpenSSL.
use crate::{sample::Sample, Check, Peer, Unsupported};
use serde_json::json;
use sev::certs::snp::{Certificate, Chain, Verifiable};
use sev::firmware::guest::AttestationReport;
use sev::parser::ByteParser;

pub const SEV: Peer = Peer {
    name: "sev",
    tees: &["snp"],
    prepare,
    not_checked: "validity of certificates, revocation, that the ARK is AMD's, that the VEK's levels and chip are the report's",
};

fn prepare(sample: &Sample) -> Result<Check, Unsupported> {
    let vek = sample.file(if sample.has("vlek") { "vlek" } else { "vcek" });
    let (ark, ask) = (sample.file("ark"), sample.file("ask"));
    let report = sample.has("report").then(|| sample.file("report"));
    Ok(Box::new(move || {
        let chain = Chain::from_der(&ark, &ask, &vek)?;
        let Some(report) = &report else {
            chain.verify()?;
            return Ok(json!({}));
        };
        let report = AttestationReport::from_bytes(report)?;
        (&chain, &report).verify()?;
        Ok(json!({"version": report.version, "guest_svn": report.guest_svn, "vmpl": report.vmpl}))
    }))
}

/// As one would call it who keeps keys that were verified before.
pub const SEV_REPORT: Peer = Peer {
    name: "sev, the report alone",
    tees: &["snp"],
    prepare: prepare_report,
    not_checked: "the chain (the VEK is taken as verified before, and parsed), and what sev does not check",
};

fn prepare_report(sample: &Sample) -> Result<Check, Unsupported> {
    let vek = Certificate::from_der(&sample.file("vcek")).map_err(|_| "a VEK that it does not read")?;
    let report = sample.file("report");
    Ok(Box::new(move || {
        let report = AttestationReport::from_bytes(&report)?;
        (&vek, &report).verify()?;
        Ok(json!({}))
    }))
}
