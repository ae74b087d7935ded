//! Whether a text is in the language that was asked for.

use whatlang::Lang;

/// Shorter texts are not judged, in characters.
const LEAST: usize = 120;

/// The name of the language that a text is in, if it clearly is another one than that of a BCP 47 tag. Short texts, and
/// tags of languages that are not known here, pass.
pub fn other_than(language: &str, text: &str) -> Option<&'static str> {
    let wanted = known(language)?;
    let found = whatlang::detect(text).filter(|_| text.chars().nth(LEAST).is_some())?;
    let is_other = found.is_reliable() && found.lang() != wanted;
    is_other.then(|| found.lang().eng_name())
}

/// Whether a BCP 47 tag is one of English.
pub fn is_english(language: &str) -> bool {
    known(language) == Some(Lang::Eng)
}

/// The language of a BCP 47 tag.
fn known(language: &str) -> Option<Lang> {
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    // The codes of two letters (ISO 639-1) with those of three that the library knows. Bokmål stands for Norwegian, too.
    const CODES: &str = "af afr, ak aka, am amh, ar ara, az aze, be bel, bg bul, bn ben, ca cat, cs ces, cy cym, da dan, \
        de deu, el ell, en eng, eo epo, es spa, et est, fa pes, fi fin, fr fra, gu guj, he heb, hi hin, hr hrv, hu hun, \
        hy hye, id ind, it ita, ja jpn, jv jav, ka kat, km khm, kn kan, ko kor, la lat, lt lit, lv lav, mk mkd, ml mal, \
        mr mar, my mya, nb nob, ne nep, nl nld, no nob, or ori, pa pan, pl pol, pt por, ro ron, ru rus, si sin, sk slk, \
        sl slv, sn sna, sr srp, sv swe, ta tam, te tel, th tha, tk tuk, tl tgl, tr tur, uk ukr, ur urd, uz uzb, vi vie, \
        yi yid, zh cmn, zu zul";
    let code = CODES.split(", ").find_map(|pair| pair.strip_prefix(primary.as_str())?.strip_prefix(' '));
    Lang::from_code(code.unwrap_or(&primary))
}
