//! Dividing the slots of a form among weighted domains, by largest remainder (Hamilton's method).

use super::model::Domain;

/// The slots of one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// All slots.
    pub slots: u32,
    /// The number of scored slots.
    pub scored: u32,
}

/// The slots of each domain in a form that the bank can fill, the scored slots by the same rule. `None` when the bank has
/// fewer published questions than the form has slots.
pub fn shares(domains: &[Domain], question_count: u32, scored_count: u32) -> Option<Vec<Share>> {
    let weights: Vec<u32> = domains.iter().map(|domain| domain.weight.unsigned_abs()).collect();
    let published: Vec<u32> = domains.iter().map(|domain| domain.published_count.unsigned_abs()).collect();
    let slots = apportion(&weights, &published, question_count);
    if slots.iter().sum::<u32>() < question_count {
        return None;
    }
    let scored = apportion(&weights, &slots, scored_count);
    Some(slots.into_iter().zip(scored).map(|(slots, scored)| Share { slots, scored }).collect())
}

/// Divides `seats` by `weights`: each gets the whole part of its share, and the rest goes to the largest remainders,
/// ties to the earlier one. None gets more than its `capacity`; the excess is divided by the same rule.
///
/// The result has one count per weight. Its sum is `seats`, or the sum of the capacities where that is smaller.
pub fn apportion(weights: &[u32], capacities: &[u32], seats: u32) -> Vec<u32> {
    let mut result = vec![0; weights.len()];
    let mut open: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] > 0).collect();
    let mut left = seats;
    while left > 0 && !open.is_empty() {
        let shares = hamilton(&open.iter().map(|&i| weights[i]).collect::<Vec<_>>(), left);
        let full: Vec<usize> =
            open.iter().zip(&shares).filter(|&(&i, &n)| n > capacities[i]).map(|(&i, _)| i).collect();
        if full.is_empty() {
            for (&i, &share) in open.iter().zip(&shares) {
                result[i] = share;
            }
            break;
        }
        for i in full {
            result[i] = capacities[i];
            left -= capacities[i];
            open.retain(|&other| other != i);
        }
    }
    result
}

fn hamilton(weights: &[u32], seats: u32) -> Vec<u32> {
    let total: u64 = weights.iter().map(|&w| u64::from(w)).sum();
    let shares: Vec<u64> = weights.iter().map(|&w| u64::from(w) * u64::from(seats)).collect();
    let mut result: Vec<u32> = shares.iter().map(|share| (share / total) as u32).collect();
    let given: u32 = result.iter().sum();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&i| (std::cmp::Reverse(shares[i] % total), i));
    for &i in by_remainder.iter().take((seats - given) as usize) {
        result[i] += 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLENTY: [u32; 5] = [1000; 5];

    #[test]
    fn published_exams_get_the_slots_that_they_publish() {
        for (weights, seats, expected) in [
            (&[24, 30, 34, 12][..], 65, &[16, 19, 22, 8][..]),
            (&[24, 30, 34, 12], 50, &[12, 15, 17, 6]),
            (&[30, 26, 24, 20], 65, &[19, 17, 16, 13]),
            (&[20, 24, 28, 14, 14], 65, &[13, 16, 18, 9, 9]),
            (&[20, 24, 28, 14, 14], 50, &[10, 12, 14, 7, 7]),
            (&[44, 28, 16, 12], 60, &[26, 17, 10, 7]),
        ] {
            assert_eq!(apportion(weights, &PLENTY[..weights.len()], seats), expected, "{weights:?} over {seats}");
        }
    }

    #[test]
    fn a_small_domain_leaves_its_slots_to_the_others() {
        assert_eq!(apportion(&[24, 30, 34, 12], &[100, 100, 100, 2], 65), [17, 22, 24, 2]);
        assert_eq!(apportion(&[50, 50], &[3, 4], 65), [3, 4]);
    }

    proptest! {
        #[test]
        fn all_seats_are_given_and_no_capacity_is_exceeded(
            parts in prop::collection::vec((1_u32..100, 0_u32..80), 1..8), seats in 0_u32..200,
        ) {
            let (weights, capacities): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let result = apportion(&weights, &capacities, seats);
            prop_assert_eq!(result.iter().sum::<u32>(), seats.min(capacities.iter().sum()));
            prop_assert!(result.iter().zip(&capacities).all(|(n, most)| n <= most));
        }

        #[test]
        fn shares_stay_within_one_of_their_quota(weights in prop::collection::vec(1_u32..100, 1..8), seats in 0_u32..200) {
            let total: u32 = weights.iter().sum();
            for (share, weight) in apportion(&weights, &vec![u32::MAX; weights.len()], seats).iter().zip(&weights) {
                let quota = f64::from(*weight) * f64::from(seats) / f64::from(total);
                prop_assert!((f64::from(*share) - quota).abs() < 1.0);
            }
        }
    }
}
