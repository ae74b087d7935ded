//! The file `.env` of the working directory.

use std::{
    cell::Cell,
    collections::HashMap,
    fs,
    io::{self, ErrorKind, Read},
    rc::Rc,
};

/// The name of the file.
const FILE: &str = ".env";

/// Where variables of the file are, by name: only those that the environment did not set.
#[derive(Debug, Default)]
pub struct EnvFile(HashMap<String, usize>);

impl EnvFile {
    /// Puts the variables of the file into the environment, which wins over it. The error names the line, and not what is
    /// in it, which may be a secret.
    pub fn load() -> Result<Self, String> {
        let bytes = match fs::read(FILE) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(format!("{FILE} cannot be read: {error}")),
        };
        let is_set = |name: &str| std::env::vars_os().any(|(set, _)| set.eq_ignore_ascii_case(name));
        let lines = names(&String::from_utf8_lossy(&bytes)).filter(|(name, _)| !is_set(name)).collect();
        parse(&bytes, dotenvy::from_read).map_err(|(line, what)| format!("{FILE}, line {line}: {what}"))?;
        Ok(Self(lines))
    }

    /// The problem of a setting, with the line of the file that it is in.
    pub fn locate(&self, problem: &str) -> String {
        let name = problem.split(' ').next().unwrap_or_default();
        match self.0.get(name) {
            Some(line) => format!("{problem} ({FILE}, line {line})"),
            None => problem.to_owned(),
        }
    }
}

/// The names that lines assign to, with the numbers of the lines. The first line of a name counts.
fn names(text: &str) -> impl Iterator<Item = (String, usize)> {
    let assigned = text.lines().zip(1..).filter_map(|(line, number)| Some((name(line)?.to_ascii_uppercase(), number)));
    let mut lines = assigned.collect::<Vec<_>>();
    lines.reverse();
    lines.into_iter()
}

/// The name that a line assigns to.
fn name(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start_matches('\u{feff}').trim_start().split_once('=')?;
    let name = name.trim_end();
    let name = name.strip_prefix("export ").map_or(name, str::trim_start);
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Some(name).filter(is_name)
}

/// Runs a parser of `dotenvy`. The error is the number of the line where it failed, and why.
fn parse<'a, T>(bytes: &'a [u8], parser: impl FnOnce(Lines<'a>) -> dotenvy::Result<T>) -> Result<T, (usize, String)> {
    let read = Rc::new(Cell::new(0));
    parser(Lines { rest: bytes, read: read.clone() }).map_err(|error| match error {
        dotenvy::Error::LineParse(text, _) => {
            // A quote that is not closed takes all lines up to the end.
            let line = (read.get() + 1).saturating_sub(text.lines().count().max(1)).max(1);
            let lines = String::from_utf8_lossy(bytes);
            let of = lines.lines().nth(line - 1).and_then(name).map(|name| format!(" for {name}")).unwrap_or_default();
            let how = "write NAME=value, and the value in 'single quotes' if it has spaces, quotes, #, $ or \\";
            (line, format!("this is not an assignment{of} that can be read: {how}"))
        }
        dotenvy::Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            (read.get(), "this is not UTF-8 text".into())
        }
        error => (read.get(), error.to_string()),
    })
}

/// Bytes that are read line by line, and how many lines have been.
struct Lines<'a> {
    rest: &'a [u8],
    read: Rc<Cell<usize>>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = self.rest.iter().position(|&b| b == b'\n').map_or(self.rest.len(), |end| end + 1);
        let length = line.min(buffer.len());
        let (now, rest) = self.rest.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.rest = rest;
        if now.ends_with(b"\n") || (length > 0 && rest.is_empty()) {
            self.read.set(self.read.get() + 1);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Result<Vec<(String, String)>, (usize, String)> {
        parse(text, |lines| dotenvy::from_read_iter(lines).collect())
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let long = format!("A={}\nB B\n", "x".repeat(20_000));
        for (text, line) in [
            ("THIS IS NOT\n", 1),
            ("A=1\n\n# comment\n  B = two words\n", 4),
            ("A=1\r\nB\r\nC=3\r\n", 2),
            ("A=\"one\ntwo\nthree\"\nB=\\x\n", 4),
            ("A=1\nB='not closed\nC=3\nD=4\n", 2),
            ("A=1\nB=\"not closed", 2),
            ("A=1\n=2\n", 2),
            (long.as_str(), 2),
        ] {
            let (found, what) = all(text.as_bytes()).unwrap_err();
            assert_eq!(found, line, "{text:.40}: {what}");
        }
        assert_eq!(all(b"A=1\nB=\xff\xfe\n").unwrap_err(), (2, "this is not UTF-8 text".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_named_without_the_value() {
        let (_, what) = all(b"A=1\nDATABASE_URL=postgres://ada:hunter2@db/t x\n").unwrap_err();
        assert!(what.contains("for DATABASE_URL") && !what.contains("hunter2"), "{what}");
    }

    #[test]
    fn a_problem_of_a_setting_tells_its_line() {
        let text = "\u{feff}PORT=1\n# HOST=x\nexport HOST = y\nPORT=2\n";
        let file = EnvFile(names(text).collect());
        assert_eq!(file.locate("PORT must be a number"), "PORT must be a number (.env, line 1)");
        assert_eq!(file.locate("HOST must be"), "HOST must be (.env, line 3)");
        assert_eq!(file.locate("SIGNUP must be"), "SIGNUP must be");
    }
}
