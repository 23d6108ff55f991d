//! What n8n calls its errors, and what it says of a node's peer.

use crate::reading::triage::sign::signs;

signs! {
    VendorN8n Any INNER "n8n does not run the workflow" [
        "preexecuteblockederror", "workflowdeactivationerror", "workflowactivationerror", "workflowoperationerror",
        "workflowconfigurationerror", "cliworkflowoperationerror", "subworkflowoperationerror", "triggercloseerror",
        "trigger close failed", "nodeversionnotfounderror", "unrecognizednodetypeerror", "credentialaccesserror",
        "credentialnotfounderror", "credentialmissingiderror", "expressionextensionerror",
        "expressionreservedvariableerror", "expressiondestructuringerror", "expressionclassextensionerror",
        "duplicateexecutionerror", "executionalreadyresumingerror", "executionnotfounderror", "jobreturnedtoqueueerror",
        "jobhandedbackerror", "invalidconcurrencylimiterror", "concurrencycapzeroerror", "invalidconcurrencycaperror",
        "webhooktakenerror", "webhooknotfounderror", "nonjsonbodyerror", "featurenotlicensederror",
        "missingexecutionstoperror", "workflow execution blocked", "workflow execution process exited",
        "failed to deactivate trigger", "failed to activate trigger", "unsupported encryption key",
        "database is not ready", "unknown expression function", "is already being resumed",
        "does not have access to the credential", "has no trigger", "workflow did not respond",
        "execute the whole workflow",
    ]
    VendorN8n Any CAUSE "a node failed" [
        "nodeapierror: the service", "nodeapierror: unknown error", "unknown error - check the detailed error",
        "authorization data is wrong", "webhookauthorizationerror", "file path expected but a given path",
        "directory path expected but a given path", "the file or directory already exists",
        "the server closed the connection unexpectedly & node*error",
    ]
}
