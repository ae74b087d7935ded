//! A lock that lets only one run at a time write a file.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::error::Error;

/// The lock of an output file: a file next to it, which is removed when the run ends. A file left by a killed run does
/// not lock.
#[derive(Debug)]
pub struct OutputLock {
    path: PathBuf,
    _file: File,
}

impl OutputLock {
    /// Takes the lock, or returns an error that says that another run has it.
    pub fn take(output: &Path) -> Result<Self, Error> {
        let mut path = output.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let failed = |error: io::Error| Error::Refused(format!("cannot write {}: {error}", output.display()));
        loop {
            let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let output = output.display();
                    return Err(Error::Refused(format!(
                        "another `tripos generate` is writing {output}: wait until it ends"
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // If another run ended just now, this may be the lock of a file that no longer exists.
            let inode = file.metadata().map_err(failed)?.ino();
            if fs::metadata(&path).is_ok_and(|there| there.ino() == inode) {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for OutputLock {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            log::warn!("cannot remove {}: {error}", self.path.display());
        }
    }
}
