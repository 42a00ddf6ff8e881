//! Copies what the crate aws-lc-sys built, libaws_lc.a and include/, to the folder $CLOISTER_AWS_LC_OUT.

use std::path::Path;
use std::{env, fs, io};

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-env-changed=CLOISTER_AWS_LC_OUT");
    let built = |name: &str| env::var(format!("DEP_AWS_LC_0_47_0_{name}")).expect("what aws-lc-sys says of its build");
    let out = env::var("CLOISTER_AWS_LC_OUT").expect("CLOISTER_AWS_LC_OUT");
    let out = Path::new(&out);
    copy_folder(Path::new(&built("INCLUDE")), &out.join("include"))?;
    fs::copy(built("LIBCRYPTO_PATH"), out.join("libaws_lc.a"))?;
    Ok(())
}
