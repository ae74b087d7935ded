//! The files of `web/`.

use actix_web::web::Bytes;

use crate::error::Error;

/// The media types of files that are sent, by extension. Type declarations, licenses and notes are not sent.
const MEDIA_TYPES: [(&str, &str); 4] = [
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".svg", "image/svg+xml"),
];

/// The media type of a file that is sent.
pub fn media_type(path: &str) -> Option<&'static str> {
    MEDIA_TYPES.iter().find(|(end, _)| path.ends_with(end)).map(|(_, media_type)| *media_type)
}

/// Every file that is sent, by its path with `/` between folders, in the order of paths.
pub fn all() -> Result<Vec<(String, Bytes)>, Error> {
    let mut files = source::all()?;
    files.retain(|(path, _)| media_type(path).is_some());
    files.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}

#[cfg(not(debug_assertions))]
mod source {
    use include_dir::{Dir, DirEntry, include_dir};

    use super::*;

    static WEB: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/web");

    pub fn all() -> Result<Vec<(String, Bytes)>, Error> {
        let (mut files, mut folders) = (Vec::new(), vec![&WEB]);
        while let Some(folder) = folders.pop() {
            for entry in folder.entries() {
                match entry {
                    DirEntry::Dir(inner) => folders.push(inner),
                    DirEntry::File(file) => {
                        files.push((file.path().to_string_lossy().into_owned(), Bytes::from_static(file.contents())));
                    }
                }
            }
        }
        Ok(files)
    }
}

#[cfg(debug_assertions)]
mod source {
    use std::{fs, io, path::Path};

    use super::*;

    const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web");

    pub fn all() -> Result<Vec<(String, Bytes)>, Error> {
        let mut files = Vec::new();
        read(Path::new(WEB), "", &mut files).map_err(|error| Error::Internal(format!("{WEB}: {error}")))?;
        Ok(files)
    }

    fn read(folder: &Path, prefix: &str, files: &mut Vec<(String, Bytes)>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                read(&entry.path(), &format!("{path}/"), files)?;
            } else {
                files.push((path, fs::read(entry.path())?.into()));
            }
        }
        Ok(())
    }
}
