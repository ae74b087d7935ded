//! Lists of the bank: filters, words, orders, pages; near-duplicates.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::{
    app::{Client, TestApp},
    authoring::question,
    common::on_both,
};

on_both!(
    questions_are_found_by_their_words,
    a_word_of_many_questions_is_found_page_by_page,
    changed_questions_are_found_by_their_new_words,
    any_cursor_of_the_right_form_is_taken,
    lists_are_filtered_and_sorted_and_no_page_overlaps,
    near_duplicates_are_reported,
);

/// The stems of all pages of a list, in order.
fn stems(client: &Client, query: &str) -> Vec<String> {
    let questions = client.items(&format!("/api/v1/questions?{query}"));
    questions.iter().map(|question| question["stem"].as_str().unwrap().to_owned()).collect()
}

fn write(client: &Client, stem: &str, change: impl Fn(&mut Value)) -> Value {
    let mut body = question(stem);
    change(&mut body);
    client.post("/api/v1/questions", &body).expect(201)
}

fn questions_are_found_by_their_words(app: TestApp) {
    let grace = app.author("grace");
    write(&grace, "Which AWS Lambda feature limits concurrency (us-east-1)?", |_| {});
    write(&grace, "Where do Amazon S3 objects live? Naïve O'Brien's C++ & 100% \"quoted\"", |_| {});
    write(&grace, "Which storage class is cheapest?", |body| {
        body["answers"][0]["body"] = json!("S3 Glacier Deep Archive")
    });
    write(&grace, "What is the shared responsibility model?", |body| body["tags"] = json!(["Security Basics", "s3"]));
    let found = |q: &str| stems(&grace, &format!("exam=demo&q={q}")).len();
    for (q, count) in [
        ("lambda", 1),
        ("LAMBDA", 1),
        ("lamb", 0),
        ("lamb*", 1),
        ("lambda%20concurrency", 1),
        ("lambda%20cheapest", 0),
        ("us-east-1", 1),
        ("s3", 3),
        ("S3%20glacier", 1),
        ("na%C3%AFve", 1),
        ("naive", 0),
        ("O%27Brien", 1),
        ("C%2B%2B", 1),
        ("%22quoted%22", 1),
        ("responsib*", 1),
        ("which", 2),
        ("the%20one", 4),
        ("OR%20lambda", 0),
        ("shared%20AND%20model", 0),
        ("lambda%3A*", 1),
        ("basics", 1),
        ("zebra", 0),
        ("20", 0),
        ("100", 1),
    ] {
        assert_eq!(found(q), count, "{q}");
    }
    let by_tag = |tag: &str| stems(&grace, &format!("exam=demo&tag={tag}")).len();
    assert_eq!((by_tag("s3"), by_tag("security%20basics"), by_tag("security"), by_tag("DEMO")), (1, 1, 0, 20));
    assert_eq!(stems(&grace, "exam=demo&q=shared&tag=s3").len(), 1);
    for wrong in [
        "q=",
        "q=%2B%2B",
        &format!("q={}", "word%20".repeat(30)),
        "domain=1",
        "task=1.1",
        "sort=stem",
        "difficulty_min=0",
        &format!("tag={}", "t".repeat(101)),
        &format!("q={}", "w".repeat(1001)),
    ] {
        grace.get(&format!("/api/v1/questions?{wrong}")).problem(400, "bad-request");
    }
    for missing in ["exam=demo&domain=9", "exam=demo&task=9", "exam=nothing"] {
        grace.get(&format!("/api/v1/questions?{missing}")).problem(404, "not-found");
    }
}

fn a_word_of_many_questions_is_found_page_by_page(app: TestApp) {
    let grace = app.author("grace");
    let file: String = (0..1100).map(|n| format!("Which common number is {n}? {{=this ~that}}\n\n")).collect();
    let import = "/api/v1/imports?exam=demo&format=gift&domain=2";
    assert_eq!(grace.request("POST", import, &[], file.as_bytes()).expect(201)["created"], 1100);
    let found = |q: &str| {
        grace.get(&format!("/api/v1/questions?exam=demo&limit=1&total=true&q={q}")).expect(200)["total"].clone()
    };
    assert_eq!(
        (found("common"), found("common%20777"), found("comm*%201099"), found("777%20778")),
        (json!(1100), json!(1), json!(1), json!(0))
    );
    let all = stems(&grace, "exam=demo&limit=100&q=common&sort=-created");
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (1100, 1100));
    assert_eq!(all[0], "Which common number is 1099?");
}

fn changed_questions_are_found_by_their_new_words(app: TestApp) {
    let grace = app.author("grace");
    let draft = write(&grace, "Which zebra?", |_| {});
    let path = format!("/api/v1/questions/{}", draft["id"].as_str().unwrap());
    let tag = grace.get(&path).header("etag").unwrap().to_owned();
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    grace.request("PUT", &path, &headers, question("Which giraffe?").to_string().as_bytes());
    assert_eq!((stems(&grace, "q=zebra").len(), stems(&grace, "q=giraffe").len()), (0, 1));
}

fn any_cursor_of_the_right_form_is_taken(app: TestApp) {
    let grace = app.author("grace");
    // The first one contains a time long before the earliest one in PostgreSQL.
    for cursor in
        ["_MAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "f_________________8AAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
    {
        for sort in ["created", "-created", "difficulty", "-difficulty", "updated", "-updated"] {
            grace.get(&format!("/api/v1/questions?cursor={cursor}&sort={sort}")).expect(200);
        }
    }
}

fn lists_are_filtered_and_sorted_and_no_page_overlaps(app: TestApp) {
    let grace = app.author("grace");
    for n in 0..12 {
        write(&grace, &format!("Question number {n}?"), |body| {
            body["difficulty"] = json!(1 + n % 5);
            body["task"] = json!(if n % 2 == 0 { "1.1" } else { "2.1" });
        });
    }
    let count = |query: &str| stems(&grace, &format!("exam=demo&limit=5&{query}")).len();
    assert_eq!(count(""), 32);
    assert_eq!((count("status=draft"), count("origin=authored"), count("status=published")), (12, 12, 20));
    assert_eq!((count("domain=1"), count("task=2.1"), count("domain=1&task=2.1")), (18, 14, 0));
    assert_eq!((count("kind=matching"), count("kind=single_choice&status=draft")), (5, 12));
    assert_eq!(
        (count("difficulty_min=4"), count("difficulty_max=1"), count("difficulty_min=2&difficulty_max=2")),
        (4, 3, 23)
    );
    assert_eq!(grace.get("/api/v1/questions?exam=demo&status=draft&limit=1&total=true").expect(200)["total"], 12);

    let all = |sort: &str| stems(&grace, &format!("exam=demo&limit=7&sort={sort}"));
    for sort in ["created", "difficulty", "updated"] {
        let (up, mut down) = (all(sort), all(&format!("-{sort}")));
        down.reverse();
        assert_eq!(up, down, "{sort}");
        assert_eq!(up.iter().collect::<HashSet<_>>().len(), 32, "{sort}");
    }
    let difficulties: Vec<i64> =
        grace.get("/api/v1/questions?exam=demo&limit=100&sort=difficulty").expect(200)["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|q| q["difficulty"].as_i64().unwrap())
            .collect();
    assert!(difficulties.is_sorted(), "{difficulties:?}");
    assert_eq!(stems(&grace, "exam=demo&limit=3&q=number&sort=-difficulty&domain=2").len(), 6);
}

fn near_duplicates_are_reported(app: TestApp) {
    let grace = app.author("grace");
    let original = "Which storage service keeps objects in buckets across several availability zones?";
    let first = write(&grace, original, |_| {});
    let path = |question: &Value| format!("/api/v1/questions/{}", question["id"].as_str().unwrap());
    let similar = |question: &Value| grace.get(&format!("{}/similar", path(question))).expect(200)["items"].clone();
    assert_eq!(similar(&first), json!([]));
    let copy = write(&grace, &original.replace("several", "many").to_uppercase(), |_| {});
    write(&grace, "What does the shared responsibility model leave to the customer of a managed database?", |_| {});
    let found = similar(&first);
    assert_eq!((&found[0]["id"], found.as_array().unwrap().len()), (&copy["id"], 1));
    assert!(found[0]["similarity"].as_f64().unwrap() >= 0.7, "{found}");
    let mut body = question(original);
    let told = grace.post("/api/v1/lint", &body).expect(200);
    assert_eq!(told["similar"][0]["similarity"], 1.0);
    assert_eq!(told["similar"].as_array().unwrap().len(), 2);

    // A changed question is compared with its new content, and a retired one no longer.
    body["stem"] = json!("Something that has nothing to do with it at all, whatever the circumstances?");
    let tag = grace.get(&path(&copy)).header("etag").unwrap().to_owned();
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    grace.request("PUT", &path(&copy), &headers, body.to_string().as_bytes()).expect(200);
    assert_eq!(similar(&first), json!([]));
    let again = write(&grace, original, |_| {});
    assert_eq!(similar(&first).as_array().unwrap().len(), 1);
    let tag = grace.get(&path(&again)).header("etag").unwrap().to_owned();
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    grace.request("PUT", &format!("{}/status", path(&again)), &headers, br#"{"status": "retired"}"#).expect(200);
    assert_eq!(similar(&first), json!([]));
}
