//! Generates learners, banks and exams that no predictor's assumptions match exactly.
//!
//! Responses follow a logistic model with discrimination, difficulty and guessing for each item. A learner has an ability in
//! each domain, and these are correlated. Between sittings, learners study what they are weak at, at a speed of their own
//! that falls off toward a ceiling, and forget during pauses. Every learner has better and worse days. Practice
//! sessions are in one domain, most often the weakest.

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};
use tripos::exams::scale::Scale;

use crate::chance::{below, gamma, log_normal, normal, uniform};

/// One kind of exam with one kind of learners.
pub struct Scenario {
    pub name: &'static str,
    /// Slots of each domain, all and scored.
    pub slots: &'static [(usize, usize)],
    pub scale: Scale,
    /// Items of each domain in the bank, as a multiple of its slots.
    pub forms_in_bank: usize,
    /// The share of items with several parts that earn partial marks; none under all or nothing.
    pub partial: f64,
    /// Mean and standard deviation of abilities when learners begin.
    pub ability: (f64, f64),
    /// The correlation of the abilities of one learner.
    pub correlation: f64,
    /// The standard deviation of a day's form.
    pub day: f64,
    /// How much a learner gains between sittings, on average, and the shape of its distribution: 1 is the most unequal.
    pub study: (f64, u32),
    /// What is lost with each doubling of a pause beyond a week.
    pub forgetting: f64,
    /// The median days between sittings.
    pub pause: f64,
    /// How likely study and practice go to the weakest domain instead of any.
    pub focus: f64,
    /// How likely a sitting is a whole exam instead of practice.
    pub exams: f64,
    /// The most sittings of a learner.
    pub sittings: usize,
    /// How many banks there are, each with learners of its own.
    pub banks: usize,
}

struct Item {
    discrimination: f64,
    difficulty: f64,
    guessing: f64,
    parts: usize,
}

impl Item {
    fn chance(&self, ability: f64) -> f64 {
        self.guessing + (1.0 - self.guessing) / (1.0 + (-1.7 * self.discrimination * (ability - self.difficulty)).exp())
    }

    fn mark(&self, ability: f64, rng: &mut ChaCha8Rng) -> f64 {
        if self.parts < 2 {
            return f64::from(uniform(rng) < self.chance(ability));
        }
        // All parts share one random deviation of the ability. Parts that are not right may be left open.
        let ability = ability + 0.8 * normal(rng);
        let chance = self.chance(ability);
        let right = (0..self.parts).filter(|_| uniform(rng) < chance).count();
        let wrong = (right..self.parts).filter(|_| uniform(rng) < 0.8).count();
        (right as f64 - wrong as f64).max(0.0) / self.parts as f64
    }
}

/// The items of a scenario, by domain.
pub struct Bank(Vec<Vec<Item>>);

/// A response as a predictor may see it.
#[derive(Clone, Copy)]
pub struct Response {
    pub domain: usize,
    pub item: usize,
    pub mark: f64,
    pub at: f64,
}

/// A time at which a pass was predicted, with the result.
pub struct Sitting<'a> {
    pub history: &'a [Response],
    pub now: f64,
    pub passed: bool,
    /// The share of each domain that the learner would get right on an average day.
    pub shares: Vec<f64>,
}

impl Bank {
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let items = |&(slots, _): &(usize, usize), rng: &mut ChaCha8Rng| {
            let harder = 0.25 * normal(rng);
            let item = |_| {
                let parts = if uniform(rng) < scenario.partial { 2 + below(rng, 3) } else { 1 };
                Item {
                    discrimination: log_normal(rng, 0.8, 0.35),
                    difficulty: harder + normal(rng),
                    guessing: if parts > 1 { 0.15 } else { 0.15 + 0.15 * uniform(rng) },
                    parts,
                }
            };
            (0..slots * scenario.forms_in_bank).map(item).collect()
        };
        Self(scenario.slots.iter().map(|domain| items(domain, rng)).collect())
    }

    /// The difficulty of each item as estimated from other learners' responses: log-odds, centered.
    pub fn measured_difficulties(&self, scenario: &Scenario, seed: u64) -> Vec<Vec<f64>> {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let learners: Vec<f64> =
            (0..300).map(|_| scenario.ability.0 + 0.5 + scenario.ability.1 * normal(rng)).collect();
        let mut measure = |item: &Item| {
            let right = learners.iter().filter(|ability| item.mark(**ability, rng) >= 1.0).count() as f64 + 0.5;
            -(right / (learners.len() as f64 + 1.0 - right)).ln()
        };
        self.0.iter().map(|items| items.iter().map(&mut measure).collect()).collect()
    }
}

struct Learner {
    abilities: Vec<f64>,
    /// The level below which forgetting does not fall.
    start: Vec<f64>,
    speed: f64,
    unseen: Vec<Vec<usize>>,
    history: Vec<Response>,
    now: f64,
}

impl Learner {
    fn new(scenario: &Scenario, bank: &Bank, rng: &mut ChaCha8Rng) -> Self {
        let (mean, sd) = scenario.ability;
        let common = normal(rng);
        let (shared, own) = (scenario.correlation.sqrt(), (1.0 - scenario.correlation).sqrt());
        let abilities: Vec<f64> = bank.0.iter().map(|_| mean + sd * (shared * common + own * normal(rng))).collect();
        let unseen = bank.0.iter().map(|items| {
            let mut order: Vec<usize> = (0..items.len()).collect();
            order.shuffle(rng);
            order
        });
        let unseen = unseen.collect();
        let speed = gamma(rng, scenario.study.1, scenario.study.0);
        Self { start: abilities.clone(), abilities, speed, unseen, history: Vec::new(), now: 0.0 }
    }

    /// The domain with the smallest share of right responses so far; a random one if nothing is known.
    fn weakest(&self, rng: &mut ChaCha8Rng) -> usize {
        let share = |domain: usize| {
            let marks = self.history.iter().rev().filter(|r| r.domain == domain).take(40).map(|r| r.mark);
            let (sum, count) = marks.fold((0.0, 0.0), |(sum, count), mark| (sum + mark, count + 1.0));
            (sum + 0.6) / (count + 1.0)
        };
        let shares: Vec<f64> = (0..self.abilities.len()).map(|domain| share(domain) + 0.02 * uniform(rng)).collect();
        (0..shares.len()).min_by(|a, b| shares[*a].total_cmp(&shares[*b])).unwrap()
    }

    fn choose(&self, focus: f64, rng: &mut ChaCha8Rng) -> usize {
        if uniform(rng) < focus { self.weakest(rng) } else { below(rng, self.abilities.len()) }
    }

    fn study(&mut self, scenario: &Scenario, rng: &mut ChaCha8Rng) {
        let pause = log_normal(rng, scenario.pause, 0.9);
        self.now += pause;
        let lost = scenario.forgetting * (1.0 + pause / 7.0).log2();
        let effort = self.speed * (0.5 + uniform(rng));
        for part in 0..self.abilities.len() {
            let domain = self.choose(scenario.focus, rng);
            let room = (2.5 - self.abilities[domain]).max(0.0) / 2.5;
            self.abilities[domain] += effort * room;
            let kept = self.start[part] + 0.7 * (self.abilities[part] - self.start[part]);
            self.abilities[part] = (self.abilities[part] - lost).max(kept.min(self.abilities[part]));
        }
    }

    fn answer(&mut self, bank: &Bank, domain: usize, day: f64, rng: &mut ChaCha8Rng) -> f64 {
        let item = self.unseen[domain].pop().unwrap();
        let mark = bank.0[domain][item].mark(self.abilities[domain] + day, rng);
        self.history.push(Response { domain, item, mark, at: self.now });
        // The learner reads the explanation.
        if mark < 1.0 {
            self.abilities[domain] += 0.1 * self.speed;
        }
        mark
    }

    fn shares(&self, bank: &Bank) -> Vec<f64> {
        let share = |(items, ability): (&Vec<Item>, &f64)| {
            items.iter().map(|item| item.chance(*ability)).sum::<f64>() / items.len() as f64
        };
        bank.0.iter().zip(&self.abilities).map(share).collect()
    }
}

/// Simulates one learner. Every exam after 20 first exposures is reported before it is taken, with its result.
pub fn live(scenario: &Scenario, bank: &Bank, learner: usize, seed: u64, mut tell: impl FnMut(&Sitting<'_>)) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed ^ (learner as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut state = Learner::new(scenario, bank, rng);
    for sitting in 0..1 + below(rng, scenario.sittings) {
        if sitting > 0 {
            state.study(scenario, rng);
        }
        let day = scenario.day * normal(rng);
        if uniform(rng) >= scenario.exams {
            let domain = state.choose(scenario.focus, rng);
            let count = (10 + 5 * below(rng, 5)).min(state.unseen[domain].len());
            (0..count).for_each(|_| {
                state.answer(bank, domain, day, rng);
            });
            continue;
        }
        // Only a form of unseen questions, or none: the effect of repetition is not predicted.
        if state.unseen.iter().zip(scenario.slots).any(|(unseen, (slots, _))| unseen.len() < *slots) {
            break;
        }
        let (before, shares) = (state.history.clone(), state.shares(bank));
        let mut points = 0.0;
        for (domain, &(slots, scored)) in scenario.slots.iter().enumerate() {
            for slot in 0..slots {
                let mark = state.answer(bank, domain, day, rng);
                points += if slot < scored { mark } else { 0.0 };
            }
        }
        if before.len() >= 20 {
            let scored: usize = scenario.slots.iter().map(|(_, scored)| scored).sum();
            let passed = scenario.scale.scaled(points / scored as f64) >= scenario.scale.pass_mark;
            tell(&Sitting { history: &before, now: state.now, passed, shares });
        }
    }
}

/// The four scenarios that the assumptions must fit.
pub const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "whole exams, slow progress",
        slots: &[(16, 12), (19, 15), (22, 17), (8, 6)],
        scale: Scale { min: 100, max: 1000, pass_mark: 700 },
        forms_in_bank: 10,
        partial: 0.0,
        ability: (0.2, 0.8),
        correlation: 0.7,
        day: 0.1,
        study: (0.1, 2),
        forgetting: 0.01,
        pause: 7.0,
        focus: 0.3,
        exams: 0.7,
        sittings: 9,
        banks: 92,
    },
    Scenario {
        name: "fast progress in few weeks",
        slots: &[(13, 10), (16, 12), (18, 14), (9, 7), (9, 7)],
        scale: Scale { min: 100, max: 1000, pass_mark: 700 },
        forms_in_bank: 10,
        partial: 0.0,
        ability: (-0.4, 0.7),
        correlation: 0.5,
        day: 0.1,
        study: (0.18, 1),
        forgetting: 0.02,
        pause: 2.0,
        focus: 0.5,
        exams: 0.5,
        sittings: 12,
        banks: 100,
    },
    Scenario {
        name: "practice of weak domains, partial marks",
        slots: &[(10, 8), (13, 10), (16, 13), (9, 7), (8, 6), (9, 6)],
        scale: Scale { min: 1, max: 1000, pass_mark: 700 },
        forms_in_bank: 10,
        partial: 0.4,
        ability: (0.3, 0.9),
        correlation: 0.35,
        day: 0.15,
        study: (0.15, 2),
        forgetting: 0.02,
        pause: 4.0,
        focus: 0.85,
        exams: 0.3,
        sittings: 16,
        banks: 132,
    },
    Scenario {
        name: "long pauses and forgetting",
        slots: &[(26, 26), (17, 17), (10, 10), (7, 7)],
        scale: Scale { min: 0, max: 100, pass_mark: 75 },
        forms_in_bank: 10,
        partial: 0.0,
        ability: (0.8, 0.9),
        correlation: 0.8,
        day: 0.2,
        study: (0.15, 1),
        forgetting: 0.08,
        pause: 30.0,
        focus: 0.3,
        exams: 0.4,
        sittings: 10,
        banks: 150,
    },
];

/// Learners outside of the assumptions, to show where predictions fail, and in which direction.
pub const LIMITS: [Scenario; 2] = [
    Scenario { name: "nobody learns anything", study: (0.0, 1), forgetting: 0.0, banks: 100, ..SCENARIOS[0] },
    Scenario { name: "progress three times as fast", study: (0.3, 1), banks: 100, ..SCENARIOS[0] },
];
