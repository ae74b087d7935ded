//! The bank, as authors see it.

use std::collections::HashSet;

use tripos::auth::model::Role;

use crate::{app::TestApp, common::on_both};

on_both!(
    an_author_reads_a_question_with_its_key,
    ids_do_not_reveal_the_written_order_of_answers,
    pages_contain_every_question_once,
    the_bank_is_closed_to_learners,
);

fn an_author_reads_a_question_with_its_key(app: TestApp) {
    let grace = app.author("grace");
    let page = grace.get("/api/v1/questions?exam=demo&limit=4").expect(200);
    let matching = page["items"].as_array().unwrap().iter().find(|q| q["kind"] == "matching").unwrap();
    let reply = grace.get(&format!("/api/v1/questions/{}", matching["id"].as_str().unwrap()));
    let question = reply.expect(200);
    assert_eq!(&question, matching);
    assert_eq!(question["external_key"], "demo-1.1-003");
    assert_eq!(question["answers"][1]["match_body"], "end 2");
    assert_eq!(question["answers"][3]["is_correct"], false);
    let tag = reply.header("etag").unwrap();
    let path = format!("/api/v1/questions/{}", question["id"].as_str().unwrap());
    assert_eq!(grace.request("GET", &path, &[("if-none-match", tag)], b"").status, 304);
    grace.get("/api/v1/questions/00000000-0000-7000-8000-000000000000").problem(404, "not-found");
    grace.get("/api/v1/questions/x").problem(400, "bad-request");
}

fn ids_do_not_reveal_the_written_order_of_answers(app: TestApp) {
    let page = app.author("grace").get("/api/v1/questions?exam=demo").expect(200);
    let orderings: Vec<Vec<&str>> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|question| question["kind"] == "ordering")
        .map(|question| question["answers"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect())
        .collect();
    assert_eq!(orderings.len(), 5);
    assert!(!orderings.iter().all(|ids| ids.is_sorted()), "{orderings:?}");
}

fn pages_contain_every_question_once(app: TestApp) {
    let admin = app.user("root", Role::Admin);
    for (query, total) in [("exam=demo&", Some(20)), ("", None)] {
        let questions = admin.items(&format!("/api/v1/questions?{query}limit=7"));
        let seen: Vec<&str> = questions.iter().map(|question| question["id"].as_str().unwrap()).collect();
        assert!(seen.is_sorted());
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
        assert_eq!(seen.len(), total.unwrap_or(seen.len()));
        assert!(seen.len() >= 20);
    }
}

fn the_bank_is_closed_to_learners(app: TestApp) {
    for path in ["/api/v1/questions", "/api/v1/questions/00000000-0000-7000-8000-000000000000"] {
        app.learner(&format!("ada{}", path.len())).get(path).problem(403, "forbidden");
        app.anonymous().get(path).problem(401, "unauthorized");
    }
}
