//! Responses that the rules of an item may treat as right although they are not the key.

use std::collections::BTreeSet;

use super::{response::Response, rules::Rules};
use crate::interchange::xml::Element;

/// The most choices for which every selection is tried, and every order.
const ALL_SELECTIONS: usize = 6;
const ALL_ORDERS: usize = 5;
/// The most responses that are tried.
const MOST: usize = 500;

/// Responses other than the key: those that the rules name, and variations of the key.
pub fn of(response: &Response, rules: &Rules, interaction: &Element) -> Vec<Vec<String>> {
    let known: BTreeSet<&str> =
        interaction.all().filter_map(|element| element.attribute("identifier")).map(str::trim).collect();
    let is_known = |value: &String| value.split(' ').all(|name| known.contains(name));
    let mut named = rules.named();
    named.retain(|values| !values.is_empty() && values.iter().all(is_known));
    let single: BTreeSet<&String> = named.iter().flatten().collect();
    let key = response.key.as_slice();
    let near_by: Vec<Vec<String>> = match response.cardinality {
        "single" => single.into_iter().map(|value| vec![value.clone()]).collect(),
        "ordered" => orders(key),
        _ => {
            let choices: BTreeSet<&String> = single.iter().copied().chain(key).collect();
            [near(key, &single), crossed(key), selections(&choices.into_iter().collect::<Vec<_>>())].concat()
        }
    };
    let takes_one = response.cardinality == "single";
    // Responses that the rules name are tried first.
    let others = named.iter().filter(|values| !takes_one || values.len() == 1).cloned().chain(near_by);
    others.filter(|other| !response.is_key(other)).take(MOST).collect()
}

/// The key with one value replaced by another.
fn near(key: &[String], values: &BTreeSet<&String>) -> Vec<Vec<String>> {
    let new = values.iter().filter(|value| !key.contains(value));
    let replaced = |value: &String, at: usize| {
        let mut other = key.to_vec();
        if let Some(place) = other.get_mut(at) {
            place.clone_from(value);
        }
        other
    };
    new.flat_map(|value| (0..key.len()).map(move |at| replaced(value, at))).take(MOST).collect()
}

/// Pairs in which two items have swapped their partners.
fn crossed(key: &[String]) -> Vec<Vec<String>> {
    let pairs: Vec<(&str, &str)> = key.iter().filter_map(|pair| pair.split_once(' ')).collect();
    let two = (0..pairs.len()).flat_map(|one| (one + 1..pairs.len()).map(move |other| (one, other)));
    let crossed = two.take(MOST).map(|(one, other)| {
        let mut pairs = pairs.clone();
        (pairs[one].1, pairs[other].1) = (pairs[other].1, pairs[one].1);
        pairs.into_iter().map(|(from, to)| format!("{from} {to}")).collect()
    });
    crossed.collect()
}

/// Every selection of a few values.
fn selections(values: &[&String]) -> Vec<Vec<String>> {
    if values.len() > ALL_SELECTIONS {
        return Vec::new();
    }
    let selection = |bits: usize| {
        let chosen = values.iter().enumerate().filter(|(at, _)| (bits >> at) & 1 == 1);
        chosen.map(|(_, value)| (*value).clone()).collect()
    };
    (1..1 << values.len()).map(selection).collect()
}

/// A few values in every order; if there are more, the orders with two neighbors swapped.
fn orders(key: &[String]) -> Vec<Vec<String>> {
    if key.len() > ALL_ORDERS {
        let swapped = |at| {
            let mut other = key.to_vec();
            other.swap(at, at + 1);
            other
        };
        return (0..key.len() - 1).map(swapped).take(MOST).collect();
    }
    key.iter().fold(vec![Vec::new()], |begun, _| {
        let longer = |order: &Vec<String>| {
            let left = key.iter().filter(|value| !order.contains(value));
            left.map(|value| [order.as_slice(), std::slice::from_ref(value)].concat()).collect::<Vec<_>>()
        };
        begun.iter().flat_map(longer).collect()
    })
}
