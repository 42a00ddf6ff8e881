//! Cases of a vectors manifest, and measuring.
use crate::Check;
use std::{collections::BTreeMap, error::Error, fs, path::Path, path::PathBuf, time::Duration, time::Instant};
use time::{format_description::well_known::Rfc3339, OffsetDateTime};

#[derive(serde::Deserialize)]
pub struct Sample {
    pub id: String,
    pub tee: String,
    #[serde(default)]
    pub mode: String,
    verify_at: String,
    files: BTreeMap<String, String>,
    #[serde(skip)]
    folder: PathBuf,
}

pub fn read_manifest(path: &Path) -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut samples: Vec<Sample> = serde_json::from_slice(&fs::read(path)?)?;
    for sample in &mut samples {
        sample.folder = path.parent().unwrap_or(Path::new("")).to_owned();
    }
    Ok(samples)
}

impl Sample {
    pub fn at(&self) -> OffsetDateTime {
        OffsetDateTime::parse(&self.verify_at, &Rfc3339).expect("verify_at is RFC 3339")
    }

    pub fn has(&self, role: &str) -> bool {
        self.files.contains_key(role)
    }

    /// Ends the program where a file that the manifest lists is not there: that is no answer of a peer.
    pub fn file(&self, role: &str) -> Vec<u8> {
        let path = self.folder.join(self.files.get(role).unwrap_or_else(|| panic!("{}: no file of role {role}", self.id)));
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn text(&self, role: &str) -> String {
        String::from_utf8(self.file(role)).unwrap_or_else(|error| panic!("{}, {role}: {error}", self.id))
    }
}

fn processor_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a timespec that outlives the call.
    let done = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    assert_eq!(done, 0, "clock_gettime");
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Verifications in a second of processor time, of the best of many batches of about 50 ms, after a warm-up.
pub fn measure(check: &Check, seconds: f64) -> Result<f64, Box<dyn Error>> {
    let (mut batch, mut best) = (1, 0.0_f64);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while best == 0.0 || Instant::now() < end {
        let begin = processor_time();
        for _ in 0..batch {
            check()?;
        }
        let taken = processor_time() - begin;
        if taken < Duration::from_millis(50) {
            batch *= 2;
        } else {
            best = best.max(batch as f64 / taken.as_secs_f64());
        }
    }
    Ok(best)
}
