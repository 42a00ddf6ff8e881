//! Answers of Rust verifiers to vectors, and their speed; see docs/interop.md.
//!
//!     peer verify MANIFEST            one JSON line for each case that a peer has an answer to
//!     peer bench MANIFEST CASE [SECONDS]  one JSON line for each peer of that kind of case
mod cca;
mod intel;
mod nitro;
mod sample;
mod snp;

use sample::Sample;
use serde_json::json;
use std::{error::Error, path::Path};

/// What verification of one sample came to; on success what was found, in the manifest's names.
pub type Verified = Result<serde_json::Value, Box<dyn Error>>;

/// A prepared check verifies one sample from its bytes, with collateral, clock and roots at hand.
pub type Check = Box<dyn Fn() -> Verified>;

/// Why a peer has no means to judge.
pub type Unsupported = &'static str;

pub struct Peer {
    name: &'static str,
    tees: &'static [&'static str],
    prepare: fn(&Sample) -> Result<Check, Unsupported>,
    /// What it doesn't check of what we do.
    not_checked: &'static str,
}

const PEERS: &[Peer] = &[intel::DCAP_QVL, snp::SEV, nitro::NITRO_ATTEST, cca::CCATOKEN];

/// Only timed: parts of what those above verify, where the rest was verified before.
const PARTS: &[Peer] = &[snp::SEV_REPORT, cca::CCATOKEN_REALM];

impl Peer {
    /// The version that Cargo.lock pins of what the name begins with.
    fn version(&self) -> &'static str {
        let name = self.name.split(',').next().unwrap_or_default();
        let package = include_str!("../Cargo.lock")
            .split("[[package]]")
            .find(|package| package.lines().any(|line| line == format!("name = \"{name}\"")));
        package.and_then(|package| package.split("version = \"").nth(1)?.split('"').next()).unwrap_or("unknown")
    }

    fn answer(&self, sample: &Sample) -> serde_json::Value {
        let (answer, reason, claims) = match (self.prepare)(sample).map(|check| check()) {
            Err(reason) => ("unsupported", reason.to_string(), json!({})),
            Ok(Err(refusal)) => ("invalid", format!("{refusal:#}"), json!({})),
            Ok(Ok(claims)) => ("valid", String::new(), claims),
        };
        json!({"id": sample.id, "peer": self.name, "version": self.version(), "answer": answer, "reason": reason, "claims": claims})
    }

    fn bench(&self, sample: &Sample, seconds: f64) -> Result<serde_json::Value, Box<dyn Error>> {
        let check = (self.prepare)(sample)?;
        let ops_per_second = sample::measure(&check, seconds)?;
        Ok(json!({"peer": self.name, "version": self.version(), "case": sample.id, "ops_per_second": ops_per_second,
                  "not_checked": self.not_checked}))
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (manifest, case, seconds) = match arguments[..] {
        ["verify", manifest] => (manifest, None, 0.0),
        ["bench", manifest, case] => (manifest, Some(case), 1.0),
        ["bench", manifest, case, seconds] => (manifest, Some(case), seconds.parse()?),
        _ => return Err("usage: peer verify MANIFEST | peer bench MANIFEST CASE [SECONDS]".into()),
    };
    let samples = sample::read_manifest(Path::new(manifest))?;
    for sample in samples.iter().filter(|sample| case.is_none_or(|case| case == sample.id)) {
        let timed = if case.is_none() { &[] } else { PARTS };
        for peer in PEERS.iter().chain(timed).filter(|peer| peer.tees.contains(&sample.tee.as_str())) {
            let line = if case.is_none() { peer.answer(sample) } else { peer.bench(sample, seconds)? };
            println!("{line}");
        }
    }
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = run(&arguments) {
        eprintln!("peer: {error}");
        std::process::exit(1);
    }
}
