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
/// How to write an assignment.
const HOW: &str = "write NAME=value; put a value with spaces, quotes, #, $ or \\ in '…'; write each ' in it as '\\''";

/// The variables of the file that the environment does not set, and the errors in the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// The lines where assignments begin, by upper-case name.
    lines: HashMap<String, usize>,
    /// The errors, with their lines. They never contain a value, which may be a secret.
    pub problems: Vec<String>,
    /// The names on lines that cannot be parsed.
    unread: Vec<String>,
}

impl EnvFile {
    /// Adds the variables of the file to the environment. Variables that are already set stay.
    pub fn load() -> Self {
        let is_set = |name: &str| std::env::vars_os().any(|(set, _)| set.eq_ignore_ascii_case(name));
        let failed = |what: String| Self { problems: vec![format!("{FILE} {what}")], ..Self::default() };
        let bytes = match fs::read(FILE) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::default(),
            Err(error) => return failed(format!("cannot be read: {error}")),
        };
        let (file, assignments) = Self::parse(&bytes, is_set);
        match dotenvy::from_read(assignments.as_bytes()) {
            Ok(()) => file,
            Err(_) => failed("cannot be read".into()),
        }
    }

    /// Reads the whole file, even if it contains errors. Returns its content and the text of the valid assignments.
    fn parse(bytes: &[u8], is_set: impl Fn(&str) -> bool) -> (Self, String) {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        let bytes = [bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), b"\n"].concat();
        let read = Rc::new(Cell::new(0));
        let (mut file, mut assignments, mut end) = (Self::default(), String::new(), 0);
        for found in dotenvy::from_read_iter(Lines { rest: &bytes, read: read.clone() }) {
            let after = std::mem::replace(&mut end, read.get().min(lines.len()));
            let rest = lines.get(after..end).unwrap_or_default();
            let blank = rest.iter().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
            let blank = blank.count();
            let (line, assignment) = (after + blank + 1, rest.get(blank..).unwrap_or_default());
            let what = match found {
                Ok((_, value)) if value.contains('\0') => Some("this contains a NUL character".to_owned()),
                Ok((name, _)) if is_set(&name) => None,
                Ok((name, _)) => match file.lines.get(&name.to_ascii_uppercase()) {
                    Some(first) => Some(format!("{name} is already set in line {first}: keep only one of them")),
                    None => {
                        file.lines.insert(name.to_ascii_uppercase(), line);
                        assignments.extend(assignment.iter().flat_map(|line| [line, "\n"]));
                        None
                    }
                },
                Err(error) => {
                    let name = assignment.first().and_then(|line| name(line));
                    file.unread.extend(name.filter(|name| !is_set(name)).map(str::to_ascii_uppercase));
                    let of = name.map(|name| format!(" for {name}")).unwrap_or_default();
                    Some(match error {
                        dotenvy::Error::Io(_) => "this is not UTF-8 text".to_owned(),
                        _ => format!("this is not a valid assignment{of}: {HOW}"),
                    })
                }
            };
            file.problems.extend(what.map(|what| format!("{FILE}, line {line}: {what}")));
        }
        (file, assignments)
    }

    /// The problem of a setting, with the line of the file where it is set. `None` if that line cannot be parsed, which
    /// is already a problem.
    pub fn locate(&self, problem: &str) -> Option<String> {
        let name = problem.split(' ').next().unwrap_or_default();
        match self.lines.get(name) {
            _ if self.unread.iter().any(|unread| unread == name) => None,
            Some(line) => Some(format!("{problem} ({FILE}, line {line})")),
            None => Some(problem.to_owned()),
        }
    }
}

/// The name that a line assigns to.
fn name(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().split_once('=')?;
    let name = name.trim_end();
    let name = name.strip_prefix("export ").map_or(name, str::trim_start);
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Some(name).filter(is_name)
}

/// Bytes that are read line by line, and the number of lines read.
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

    fn problems(text: &[u8]) -> Vec<String> {
        EnvFile::parse(text, |_| false).0.problems
    }

    #[test]
    fn every_invalid_line_is_reported() {
        let long = format!("A={}\nB B\n", "x".repeat(20_000));
        for (text, lines) in [
            ("THIS IS NOT\n", &[1][..]),
            ("A=1\n\n# comment\n  B = two words\n", &[4]),
            ("A=1\r\nB\r\nC=3\r\n", &[2]),
            ("A=\"one\ntwo\nthree\"\nB=\\x\n", &[4]),
            ("A=1\nB='not closed\nC=3\nD=4\n", &[2]),
            ("A=1\nB=\"not closed", &[2]),
            ("A=1\n=2\n", &[2]),
            ("A\n\nB=1\n# comment\nC c\nD='one\ntwo' x\nE\n", &[1, 5, 6, 8]),
            ("A=1\nB='\nA=2'\nC=3\na=4\n", &[5]),
            ("A=1\0\nB=2", &[1]),
            (long.as_str(), &[2]),
        ] {
            let found = problems(text.as_bytes());
            let wanted: Vec<String> = lines.iter().map(|line| format!(".env, line {line}")).collect();
            let places: Vec<&str> = found.iter().map(|problem| problem.split(": ").next().unwrap()).collect();
            assert_eq!(places, wanted, "{text:.40}: {found:?}");
        }
        let found = problems(b"A=1\nB=\xff\xfe\nC\n");
        assert_eq!(found[0], ".env, line 2: this is not UTF-8 text");
        assert!(found[1].starts_with(".env, line 3: "));
        assert!(problems("\u{feff}A=1\n \n".as_bytes()).is_empty());
    }

    #[test]
    fn errors_do_not_contain_the_value() {
        let found = problems(b"A=1\nDATABASE_URL=postgres://ada:hunter2@db/t x\nPASSWORD=hunter2\nPASSWORD=hunter2\n");
        assert!(found[0].contains("for DATABASE_URL") && !found.concat().contains("hunter2"), "{found:?}");
        assert_eq!(found[1], ".env, line 4: PASSWORD is already set in line 3: keep only one of them");
    }

    #[test]
    fn a_problem_of_a_setting_names_its_line() {
        let text = "\u{feff}PORT=1\nNOTE='\nHOST=z\n'\n# HOST=x\nexport HOST=y\nSIGNUP=a b\n";
        let (file, _) = EnvFile::parse(text.as_bytes(), |_| false);
        assert_eq!(file.locate("PORT must be a number").unwrap(), "PORT must be a number (.env, line 1)");
        assert_eq!(file.locate("HOST must be").unwrap(), "HOST must be (.env, line 6)");
        assert_eq!(file.locate("DEBUG must be").unwrap(), "DEBUG must be");
        assert_eq!(file.locate("SIGNUP must be"), None, "its line is a problem already");
    }

    #[test]
    fn the_environment_takes_precedence_in_any_spelling() {
        let text = "port=1\nPORT=2\nHOST='a\nb'\n";
        let (file, assignments) = EnvFile::parse(text.as_bytes(), |name| name.eq_ignore_ascii_case("PORT"));
        assert_eq!((file.problems, assignments.as_str()), (vec![], "HOST='a\nb'\n"));
    }
}
