//! Estimates from a learner's first exposures: the whole way from evidence to the result of a form.

use super::{
    evidence::{self, Exposure},
    fit::{ASSUMED, Fit, fit},
    forecast::{self, shares},
    form::{PartialMarks, Share, right_slots},
    result::Results,
};
use crate::exams::scale::Scale;

/// The minimum number of first exposures for a prediction.
pub const FEWEST: usize = 20;
/// The number of new questions of a domain in a round of practice.
pub const ROUND: usize = 10;
/// The minimum growth of the log-odds over a distance of 1 that is assumed when computing what to practice next.
/// Otherwise, a learner who got worse recently would be advised against practice.
const LEAST_GROWTH: f64 = 0.05;

/// The predicted form: its scored slots in each domain, and the scale of its exam.
#[derive(Debug, Clone)]
pub struct Form {
    /// Scored slots, in the order of the domains.
    pub slots: Vec<usize>,
    /// The exam's scale.
    pub scale: Scale,
}

impl Form {
    /// The results of the form if slots that are not fully right earn these marks.
    pub fn results(&self, partial: &PartialMarks) -> Results {
        Results::new(self.slots.iter().sum(), partial, self.scale)
    }
}

/// The marks of responses that are not fully right.
pub fn partial_marks(exposures: &[Exposure]) -> PartialMarks {
    PartialMarks::of(exposures.iter().filter(|exposure| !exposure.is_right()).map(|exposure| exposure.mark))
}

/// What is known about a learner at a time.
#[derive(Debug, Clone)]
pub struct Estimate<'a> {
    form: &'a Form,
    fit: Fit,
}

impl<'a> Estimate<'a> {
    /// From exposures in chronological order, none of them after `now` (in days, like those of the exposures).
    pub fn new(form: &'a Form, exposures: &[Exposure], now: f64) -> Self {
        let domains = form.slots.len();
        let cells = evidence::cells(domains, exposures, now, &ASSUMED);
        Self { form, fit: fit(domains, &cells, &ASSUMED) }
    }

    /// The share of fully right responses in each domain.
    pub fn shares(&self) -> Vec<Share> {
        shares(&self.fit)
    }

    /// The probability of each number of right slots in a form today.
    pub fn right_slots(&self) -> Vec<f64> {
        self.right_slots_of(&self.fit)
    }

    fn right_slots_of(&self, fit: &Fit) -> Vec<f64> {
        right_slots(&forecast::cases(fit, &self.form.slots), &self.form.slots)
    }

    /// By how much a round of new questions in each domain would raise the probability of passing.
    ///
    /// The learner is assumed to improve at the same rate as before: a round in one domain improves that domain as much
    /// as the same number of questions in every domain improved all of them.
    pub fn gains(&self, results: &Results) -> Vec<f64> {
        let today = results.pass_probability(&self.right_slots());
        let domains = self.form.slots.len();
        let raise = self.fit.growth.max(LEAST_GROWTH) * evidence::distance((ROUND * domains) as f64);
        let gain = |domain: usize| {
            let mut fit = self.fit.clone();
            fit.means[domain] += raise;
            (results.pass_probability(&self.right_slots_of(&fit)) - today).max(0.0)
        };
        (0..domains).map(gain).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(slots: &[usize]) -> Form {
        Form { slots: slots.to_vec(), scale: Scale { min: 100, max: 1000, pass_mark: 700 } }
    }

    fn exposure(domain: usize, right: bool) -> Exposure {
        Exposure { domain, task: None, mark: f64::from(right), at: 0.0 }
    }

    fn pass(form: &Form, exposures: &[Exposure]) -> f64 {
        let results = form.results(&partial_marks(exposures));
        results.pass_probability(&Estimate::new(form, exposures, 0.0).right_slots())
    }

    #[test]
    fn knowing_everything_passes_and_knowing_nothing_fails() {
        let form = form(&[12, 15, 17, 6]);
        let all = |right| (0..200).map(|i| exposure(i % 4, right)).collect::<Vec<_>>();
        assert!(pass(&form, &all(true)) > 0.99);
        assert!(pass(&form, &all(false)) < 0.01);
    }

    #[test]
    fn a_domain_without_responses_follows_the_others() {
        let form = form(&[25, 25]);
        let shares = |right| Estimate::new(&form, &vec![exposure(0, right); 100], 0.0).shares();
        assert!(shares(true)[1].mean() > 0.85 && shares(false)[1].mean() < 0.2);
        let [known, guessed] = shares(true)[..] else { unreachable!() };
        assert!(known.a + known.b > guessed.a + guessed.b, "{known:?} {guessed:?}");
    }

    #[test]
    fn a_heavy_weak_domain_is_worth_more_practice_than_a_light_strong_one() {
        let form = form(&[30, 15, 5]);
        let exposures: Vec<Exposure> = (0..240)
            .map(|i| match i % 3 {
                0 => exposure(0, i % 2 == 0),
                1 => exposure(1, i % 4 > 0),
                _ => exposure(2, i % 10 > 0),
            })
            .collect();
        let gains = Estimate::new(&form, &exposures, 0.0).gains(&form.results(&partial_marks(&exposures)));
        assert!(gains[0] > gains[1] && gains[1] > gains[2] && gains[2] >= 0.0, "{gains:?}");
    }

    #[test]
    fn an_improving_learner_is_ahead_of_a_declining_one() {
        let form = form(&[25, 25]);
        let mut exposures: Vec<Exposure> = (0..200).map(|i| exposure(i % 2, i > 70)).collect();
        let better = pass(&form, &exposures);
        exposures.reverse();
        assert!(better > pass(&form, &exposures) + 0.5);
    }

    proptest! {
        #[test]
        fn a_better_latest_response_never_lowers_the_probability(
            responses in prop::collection::vec((0_usize..4, prop::bool::ANY), 20..150), domain in 0_usize..4,
        ) {
            let form = form(&[12, 15, 17, 6]);
            let with = |right| {
                let mut exposures: Vec<Exposure> = responses.iter().map(|(d, right)| exposure(*d, *right)).collect();
                exposures.push(exposure(domain, right));
                pass(&form, &exposures)
            };
            let (wrong, right) = (with(false), with(true));
            prop_assert!(0.0 <= wrong && wrong <= right && right <= 1.0, "{wrong} {right}");
        }

        #[test]
        fn the_order_of_domains_does_not_matter(responses in prop::collection::vec((0_usize..3, prop::bool::ANY), 20..150)) {
            let of = |order: [usize; 3]| {
                let mut slots = [0; 3];
                order.iter().zip([20, 20, 10]).for_each(|(place, n)| slots[*place] = n);
                let exposures: Vec<Exposure> = responses.iter().map(|(d, right)| exposure(order[*d], *right)).collect();
                pass(&form(&slots), &exposures)
            };
            prop_assert!((of([0, 1, 2]) - of([2, 0, 1])).abs() < 1e-9);
        }
    }
}
