//! What n8n calls its errors, and what it says of a node's peer.

use crate::reading::triage::sign::signs;

signs! {
    VendorN8n Any LIKELY "n8n gave up, mostly for a cause that is said, too" [
        "worker errored while running execution", "queue errored", "workflow..could not be activated",
        "could not be activated because", "there was a problem activating the workflow",
        "workflow..did fail with error", "initial workflow activation try", "problem executing workflow",
        "could not find workflow", "could not find the workflow", "failed to execute workflow", "dangling executions",
        "fatal error initializing worker",
    ]
    VendorN8n Any INNER "n8n does not run the workflow" [
        "preexecuteblockederror", "workflowdeactivationerror", "workflowactivationerror", "workflowoperationerror",
        "workflowconfigurationerror", "cliworkflowoperationerror", "subworkflowoperationerror", "triggercloseerror",
        "trigger close failed", "nodeversionnotfounderror", "unrecognizednodetypeerror", "credentialaccesserror",
        "credentialnotfounderror", "credentialmissingiderror", "expressionextensionerror",
        "expressionreservedvariableerror", "expressiondestructuringerror", "expressionclassextensionerror",
        "duplicateexecutionerror", "executionalreadyresumingerror", "executionnotfounderror",
        "jobreturnedtoqueueerror", "jobhandedbackerror", "invalidconcurrencylimiterror", "concurrencycapzeroerror",
        "invalidconcurrencycaperror", "webhooktakenerror", "webhooknotfounderror", "nonjsonbodyerror",
        "featurenotlicensederror", "missingexecutionstoperror", "workflow execution blocked",
        "workflow execution process exited", "failed to deactivate trigger", "failed to activate trigger",
        "unsupported encryption key", "database is not ready", "unknown expression function",
        "is already being resumed", "does not have access to the credential", "has no trigger",
        "workflow did not respond", "execute the whole workflow", "taskrunnerdisconnectederror",
        "taskrunnerrestartlooperror", "taskrunnerfailedheartbeaterror", "taskrunnernotconnectederror",
        "taskrunneraccepttimeouterror", "taskrunnerexecutiontimeouterror", "taskrequesttimeouterror",
        "taskrejecterror", "taskdeferrederror", "task runner..has restarted", "task runner..became unresponsive",
        "runner became unresponsive", "task runner..not connected", "was not matched to a runner",
        "runner process was terminated", "found runner unresponsive", "worker failed to find workflow",
        "worker found execution", "recover dangling executions", "error initializing lua scripts",
        "webhooks only in queue mode", "module..is disallowed", "malformedrefreshvalueerror",
        "missingaccessibleworkflowidserror", "featurenotlicensed", "is not licensed",
        "could not remove webhooks of workflow", "webhook could not be registered", "workflow has no node to start",
        "no node to start the workflow", "workflow is not active and cannot", "node type..is not known",
        "has no node type", "invalid expression under", "hasn't been executed", "no execution data available",
        "node..does not exist & workflow*", "credentials..do not have type", "node does not have any credentials",
        "encryptionkey\" was used to encrypt", "workflow..failed to activate",
    ]
    VendorN8n Any CAUSE "a node failed" [
        "nodeapierror: the service", "nodeapierror: unknown error", "unknown error - check the detailed error",
        "authorization data is wrong", "webhookauthorizationerror", "file path expected but a given path",
        "directory path expected but a given path", "the file or directory already exists",
        "the server closed the connection unexpectedly & node*..*error",
    ]
}
