//! Statements that Diesel would otherwise prepare again each time.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A statement that is prepared once for each connection.
///
/// Diesel caches prepared statements by type, except UPDATEs and SQL fragments, whose text may vary within one type. It
/// sends these in two round trips, one to plan and one to run them. If the text does not vary, this type gives a
/// statement an identity. Write `prepared!`, which creates a new identity for each place in the code.
///
/// The statement must return rows, so an UPDATE needs `returning`. Diesel runs other statements through a reference,
/// which loses the identity.
///
/// The text must be the same every time: no changesets that skip columns with the value `None`, no boxed queries, and no
/// lists whose elements are bound one by one, such as `eq_any` in SQLite.
pub struct Prepared<Statement, Id>(Statement, PhantomData<Id>);

impl<Statement, Id> Prepared<Statement, Id> {
    /// See `prepared!`.
    pub fn new(statement: Statement) -> Self {
        Self(statement, PhantomData)
    }
}

impl<Statement, Id: 'static> QueryId for Prepared<Statement, Id> {
    type QueryId = Id;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB: Backend, Statement: QueryFragment<DB>, Id> QueryFragment<DB> for Prepared<Statement, Id> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Statement: Query, Id> Query for Prepared<Statement, Id> {
    type SqlType = Statement::SqlType;
}

impl<Conn, Statement, Id> RunQueryDsl<Conn> for Prepared<Statement, Id> {}

/// Has a statement prepared once for each connection. See [`Prepared`] for the conditions.
macro_rules! prepared {
    ($statement:expr) => {{
        struct ThisStatement;
        $crate::db::Prepared::<_, ThisStatement>::new($statement)
    }};
}
pub(crate) use prepared;
