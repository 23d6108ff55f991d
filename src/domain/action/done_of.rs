//! What became of one action, as the description of the API has it: a [`Done`] whose parts have their types.
//!
//! # Design notes
//!
//! A `Done` holds what stands on record, which is JSON. Which types that is made of follows from the action alone,
//! so it is said here, once for each, and a client need not guess.

use std::borrow::Cow;
use std::marker::PhantomData;

use utoipa::openapi::schema::{ObjectBuilder, Ref, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::shown::{
    PauseRequest, QueueCounts, ReloadRequest, RestLook, RestartRequest, ResumeRequest, ServiceLook,
    ServiceSeen, SessionEnded, SessionRequest, SessionSeen, StatementCancelled,
};
use super::{ActionName, Done};

/// What an action is asked for with and shows.
pub trait Shows {
    /// What the action is called on record.
    const ACTION: ActionName;
    /// What its answer is called in the description.
    const NAME: &'static str;
    /// What it is asked for with.
    type Request: ToSchema;
    /// How it shows what was before.
    type Before: ToSchema;
    /// How it shows what is after.
    type After: ToSchema;
}

/// What became of such an action.
#[derive(Debug)]
pub struct DoneOf<A>(PhantomData<A>);

macro_rules! shows {
    ($($action:ident as $name:literal: $request:ty, $before:ty => $after:ty;)*) => {
        $(
            #[doc = concat!("The action `", stringify!($action), "`.")]
            #[derive(Debug)]
            pub enum $action {}

            impl Shows for $action {
                const ACTION: ActionName = ActionName::$action;
                const NAME: &'static str = $name;
                type Request = $request;
                type Before = $before;
                type After = $after;
            }
        )*
    };
}

shows! {
    QueuePause as "PauseDone": PauseRequest, QueueCounts => QueueCounts;
    QueueResume as "ResumeDone": ResumeRequest, QueueCounts => QueueCounts;
    SchemaReload as "ReloadDone": ReloadRequest, RestLook => RestLook;
    WorkersRestart as "RestartDone": RestartRequest, ServiceSeen => ServiceLook;
    PgCancel as "CancelDone": SessionRequest, SessionSeen => StatementCancelled;
    PgTerminate as "TerminateDone": SessionRequest, SessionSeen => SessionEnded;
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

impl<A: Shows> PartialSchema for DoneOf<A> {
    fn schema() -> RefOr<Schema> {
        let mut schema = Done::schema();
        if let RefOr::T(Schema::Object(done)) = &mut schema {
            let action = ObjectBuilder::new().schema_type(Type::String);
            let action = action.enum_values(Some([A::ACTION.as_str()]));
            let parts = [
                ("action", action.into()),
                ("request", reference::<A::Request>()),
                ("before", reference::<A::Before>()),
                ("after", reference::<A::After>()),
            ];
            let parts = parts.map(|(name, of)| (name.to_owned(), of));
            done.properties.extend(parts);
        }
        schema
    }
}

impl<A: Shows> ToSchema for DoneOf<A> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(A::NAME)
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((T::name().into_owned(), T::schema()));
            T::schemas(schemas);
        }
        add::<A::Request>(schemas);
        add::<A::Before>(schemas);
        add::<A::After>(schemas);
    }
}
