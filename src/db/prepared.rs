//! Statements that Diesel would have planned anew each time.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A statement that is prepared once for each connection.
///
/// Diesel does so by the type of a statement, but not for UPDATEs and for fragments of SQL, whose text may vary within one
/// type: it sends them in two round trips, to be planned and then to be run. Where the text does not vary, this gives a
/// statement an identity; it is written as `prepared!`, which makes a new one for each place in the code.
///
/// The statement must give rows, so an UPDATE has a `returning`: what gives none is run through a reference, to which Diesel
/// does not pass on that it may be kept.
///
/// The text must be the same at each run: no changes that leave out columns whose value is `None`, no boxed queries, no
/// lists whose elements are bound one by one, as those of `eq_any` are on SQLite.
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

/// Has a statement prepared once for each connection: [`Prepared`] has the conditions.
macro_rules! prepared {
    ($statement:expr) => {{
        struct ThisStatement;
        $crate::db::Prepared::<_, ThisStatement>::new($statement)
    }};
}
pub(crate) use prepared;
