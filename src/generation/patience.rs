//! Retries while the database is busy or unavailable for a moment.

use std::time::Duration;

use tokio::time::sleep;

use crate::error::Error;

/// The pauses between retries, in seconds.
const PAUSES: [u64; 4] = [1, 2, 4, 8];

/// Retries an operation while the database is busy or unavailable. The output of a model was paid for, so that a
/// restart of the database should not lose it.
pub async fn patiently<T, F: Future<Output = Result<T, Error>>>(attempt: impl Fn() -> F) -> Result<T, Error> {
    with_pauses(PAUSES, attempt).await
}

async fn with_pauses<T, F: Future<Output = Result<T, Error>>>(
    pauses: [u64; 4],
    attempt: impl Fn() -> F,
) -> Result<T, Error> {
    for pause in pauses {
        match attempt().await {
            Err(Error::Busy | Error::Contended | Error::Unavailable(_)) => sleep(Duration::from_secs(pause)).await,
            outcome => return outcome,
        }
    }
    attempt().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn play(away: usize, error: fn() -> Error) -> (Result<(), Error>, usize) {
        let tries = Cell::new(0);
        let attempt = || {
            tries.set(tries.get() + 1);
            std::future::ready(if tries.get() > away { Ok(()) } else { Err(error()) })
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        (runtime.block_on(with_pauses([0; 4], attempt)), tries.get())
    }

    #[test]
    fn a_short_outage_is_waited_for_and_a_long_one_is_not() {
        let away = || Error::Unavailable("down".into());
        assert!(matches!(play(0, away), (Ok(()), 1)));
        assert!(matches!(play(4, away), (Ok(()), 5)));
        assert!(matches!(play(9, away), (Err(Error::Unavailable(_)), 5)));
        assert!(matches!(play(9, || Error::Internal("bug".into())), (Err(Error::Internal(_)), 1)));
    }
}
