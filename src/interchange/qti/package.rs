//! A package: a ZIP with a manifest and items. It is untrusted, and nothing is written to disk.

use std::{
    collections::{HashMap, HashSet},
    io::{Cursor, Read},
    vec,
};

use zip::ZipArchive;

use super::{
    IS_OLD, item,
    manifest::{self, Resource},
    within,
};
use crate::interchange::{
    decode,
    model::{Found, Location, Malformed},
    xml::short,
};

/// The error that a file is listed twice.
const IS_REPEATED: &str = "is already listed: each file is one question";
const MANIFEST: &str = "imsmanifest.xml";
/// The most files of a package.
const ENTRY_LIMIT: usize = 200_000;
const ITEM_LIMIT: u64 = 4 << 20;
const MANIFEST_LIMIT: u64 = 64 << 20;
/// The most bytes that are unpacked in total.
const TOTAL_LIMIT: u64 = 512 << 20;

/// A package whose items are read one at a time.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    places: HashMap<String, usize>,
    /// The folder that contains everything, if there is one, with a trailing slash.
    folder: String,
    resources: vec::IntoIter<Resource>,
    /// The offsets of the data of the files that were read.
    read: HashSet<u64>,
    budget: u64,
}

impl<'a> Package<'a> {
    /// Reads the manifest.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Malformed> {
        // Each entry of the directory has this signature. If there are too many, the package is rejected first.
        if bytes.windows(4).filter(|window| window == b"PK\x01\x02").count() > ENTRY_LIMIT {
            return Err(Malformed::at(1, format!("has more than {ENTRY_LIMIT} files")));
        }
        let archive = ZipArchive::new(Cursor::new(bytes));
        let archive = archive.map_err(|error| {
            Malformed::at(1, format!("must be a complete ZIP file, and this one cannot be read ({error})"))
        })?;
        let places = places(&archive)?;
        let path = manifest_path(&places);
        let Some((path, place)) = path.and_then(|path| places.get(&path).copied().map(|place| (path, place))) else {
            return Err(Malformed::at(1, format!("has no {MANIFEST} at its top: send the package as it was exported")));
        };
        let folder = path.get(..path.len() - MANIFEST.len()).unwrap_or_default().to_owned();
        let resources = Vec::new().into_iter();
        let mut package = Self { archive, places, folder, resources, read: HashSet::new(), budget: TOTAL_LIMIT };
        let resources = package.resources(place).map_err(within(MANIFEST))?;
        package.resources = resources.into_iter();
        Ok(package)
    }

    fn resources(&mut self, place: usize) -> Result<Vec<Resource>, Malformed> {
        let bytes = self.unpack(place, MANIFEST_LIMIT)?;
        let resources = manifest::resources(&decode::xml(&bytes)?)?;
        match resources.iter().find(|resource| self.place(&resource.file).is_none()) {
            Some(Resource { file, line, .. }) => {
                Err(Malformed::at(*line, format!("names the missing file {:?}", short(file))))
            }
            None => Ok(resources),
        }
    }

    /// The index of a file, by its name or its name as a URL.
    fn place(&self, file: &str) -> Option<usize> {
        let inside = |file: &str| match self.folder.as_str() {
            "" => self.places.get(file),
            folder => self.places.get(&format!("{folder}{file}")),
        };
        inside(file).or_else(|| inside(&percent_decoded(file)?)).copied()
    }

    /// The bytes of a file. The sizes in the headers are not trusted.
    fn unpack(&mut self, place: usize, limit: u64) -> Result<Vec<u8>, Malformed> {
        let allowed = limit.min(self.budget);
        let unreadable = |error: &dyn std::error::Error| Malformed::at(1, format!("cannot be unpacked: {error}"));
        let file = self.archive.by_index(place).map_err(|error| unreadable(&error))?;
        let mut bytes = Vec::new();
        let length = file.take(allowed + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))? as u64;
        if length > limit {
            return Err(Malformed::at(1, format!("has more than {limit} bytes")));
        }
        let left = self.budget.checked_sub(length);
        self.budget = left.unwrap_or(0);
        left.map(|_| bytes).ok_or_else(|| {
            Malformed::at(1, format!("makes the package longer than {TOTAL_LIMIT} bytes: split the package"))
        })
    }

    /// Whether a file is read for the first time: several names of a package may share the same data.
    fn is_first(&mut self, place: usize) -> Result<bool, Malformed> {
        let file = self.archive.by_index_raw(place);
        let file = file.map_err(|error| Malformed::at(1, format!("cannot be unpacked: {error}")))?;
        Ok(self.read.insert(file.header_start()))
    }

    fn found(&mut self, resource: Resource) -> Result<Found, Malformed> {
        let Resource { file, is_old, labels, .. } = resource;
        let mut found = if is_old {
            let outcome = Err(IS_OLD.into());
            Found { place: Location::line(1), name: file.clone(), outcome }
        } else {
            let place = self.place(&file).ok_or_else(|| Malformed::at(1, "is missing")).map_err(within(&file))?;
            match self.is_first(place).map_err(within(&file))? {
                true => {
                    let bytes = self.unpack(place, ITEM_LIMIT).map_err(within(&file))?;
                    decode::xml(&bytes).and_then(|text| item::found(&text, labels)).map_err(within(&file))?
                }
                false => Found { place: Location::line(1), name: file.clone(), outcome: Err(IS_REPEATED.into()) },
            }
        };
        found.place.file = Some(file);
        Ok(found)
    }
}

impl Iterator for Package<'_> {
    type Item = Result<Found, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let resource = self.resources.next()?;
        let found = self.found(resource);
        // After an unreadable file, the others are read to collect more errors, up to the limit for unpacking.
        if found.is_err() && self.budget == 0 {
            self.resources = Vec::new().into_iter();
        }
        Some(found)
    }
}

/// The files of an archive by name.
fn places(archive: &ZipArchive<Cursor<&[u8]>>) -> Result<HashMap<String, usize>, Malformed> {
    let mut places = HashMap::with_capacity(archive.len());
    for (place, name) in archive.file_names().enumerate() {
        let name = name.map_err(|error| Malformed::at(1, format!("has a file without a readable name: {error}")))?;
        // Some tools write the separator of Windows.
        let name = name.replace('\\', "/");
        if !manifest::is_safe(&name) {
            return Err(Malformed::at(1, format!("has the file {:?}, which leaves the package", short(&name))));
        }
        if places.insert(name, place).is_some() {
            return Err(Malformed::at(1, "has two files with the same name"));
        }
    }
    Ok(places)
}

/// The path of the manifest: at the top, or else the outermost one, if it is unique: file managers zip a package with
/// its folders.
fn manifest_path(places: &HashMap<String, usize>) -> Option<String> {
    let named = |path: &&String| path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(MANIFEST));
    let mut found: Vec<&String> = places.keys().filter(named).filter(|path| !path.starts_with("__MACOSX/")).collect();
    found.sort_by_key(|path| path.matches('/').count());
    match found.as_slice() {
        [one, other, ..] if one.matches('/').count() == other.matches('/').count() => None,
        [one, ..] => Some((*one).clone()),
        [] => None,
    }
}

/// `a%20b` as `a b`; none if nothing changes or if the result is not text.
fn percent_decoded(url: &str) -> Option<String> {
    let (first, rest) = url.split_once('%')?;
    let mut bytes = first.as_bytes().to_vec();
    for part in rest.split('%') {
        let (code, text) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(text.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interchange::qti::{
        samples::SINGLE_2_1,
        tests::{manifest, zip},
    };

    #[test]
    fn all_that_is_unpacked_counts_together() {
        let names = ["a.xml", "b.xml", "c.xml", "d.xml", "e.xml"];
        let many =
            manifest(&names.map(|name| format!("<resource type='imsqti_item_xmlv3p0' href='{name}'/>")).concat());
        let files: Vec<_> = names.iter().map(|name| (*name, SINGLE_2_1.as_bytes())).collect();
        let bytes = zip(&[&[("imsmanifest.xml", many.as_bytes())], files.as_slice()].concat());
        let mut package = Package::open(&bytes).unwrap();
        assert_eq!(package.budget, TOTAL_LIMIT - many.len() as u64);
        package.budget = 3 * SINGLE_2_1.len() as u64 + 1;
        let results: Vec<_> = package.collect();
        assert!(results[..3].iter().all(Result::is_ok));
        assert!(results[3].as_ref().unwrap_err().detail.contains("split the package"));
        assert_eq!(results.len(), 4);
    }

    #[test]
    fn a_file_is_read_once_however_often_it_is_listed() {
        let often = manifest(&"<resource type='imsqti_item_xmlv3p0' href='a.xml'/>".repeat(5));
        let bytes = zip(&[("imsmanifest.xml", often.as_bytes()), ("a.xml", SINGLE_2_1.as_bytes())]);
        let mut package = Package::open(&bytes).unwrap();
        package.budget = SINGLE_2_1.len() as u64;
        let told: Vec<_> = package.map(|found| found.unwrap().outcome.err()).collect();
        assert_eq!(told[0], None);
        assert!(told[1..].iter().all(|told| told.as_deref() == Some(IS_REPEATED)), "{told:?}");
    }

    #[test]
    fn a_package_may_be_zipped_with_its_folder() {
        let listing = manifest("<resource type='imsqti_item_xmlv3p0' href='a.xml'/>");
        for (folder, manifest) in [("pack/", MANIFEST), ("my/pack/", MANIFEST), ("", "IMSManifest.xml")] {
            let (manifest, item) = (format!("{folder}{manifest}"), format!("{folder}a.xml"));
            let mac = "__MACOSX/pack/imsmanifest.xml";
            let files = [
                (manifest.as_str(), listing.as_bytes()),
                (mac, b"".as_slice()),
                (item.as_str(), SINGLE_2_1.as_bytes()),
            ];
            let found: Vec<_> = Package::open(&zip(&files)).unwrap().collect();
            assert!(found.len() == 1 && found[0].as_ref().is_ok_and(|found| found.outcome.is_ok()), "{found:?}");
        }
        let two = [("a/imsmanifest.xml", listing.as_bytes()), ("b/imsmanifest.xml", listing.as_bytes())];
        assert!(Package::open(&zip(&two)).is_err());
    }

    #[test]
    fn paths_may_have_a_base_and_the_separator_of_windows() {
        let base = "<manifest xml:base='all/x'><resources xml:base='items/'>\
                    <resource type='imsqti_item_xmlv3p0' xml:base='one/' href='a.xml'/></resources></manifest>";
        let plain = manifest("<resource type='imsqti_item_xmlv3p0' href='d\\a.xml'/>");
        for (listing, path) in [(base, "all/items/one/a.xml"), (plain.as_str(), "d\\a.xml"), (&plain, "d/a.xml")] {
            let files = [("imsmanifest.xml", listing.as_bytes()), (path, SINGLE_2_1.as_bytes())];
            let found: Vec<_> = Package::open(&zip(&files)).unwrap().collect();
            assert!(found.len() == 1 && found[0].as_ref().is_ok_and(|found| found.outcome.is_ok()), "{found:?}");
        }
        for listing in
            [&base.replace("items/", "../../"), &base.replace("all/x", "/all/"), &plain.replace("d\\a", "..\\a")]
        {
            let files = [("imsmanifest.xml", listing.as_bytes()), ("a.xml", SINGLE_2_1.as_bytes())];
            assert!(Package::open(&zip(&files)).err().is_some_and(|flaw| flaw.detail.contains("leaves the package")));
        }
    }

    #[test]
    fn names_may_be_written_as_urls() {
        assert_eq!(percent_decoded("a%20b%C3%A9").as_deref(), Some("a bé"));
        for none in ["a", "%", "%2", "%zz", "%ff", "%é"] {
            assert_eq!(percent_decoded(none), None, "{none}");
        }
    }
}
