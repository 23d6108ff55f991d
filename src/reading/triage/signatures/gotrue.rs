//! What Supabase's auth service says beside its error codes.

use crate::reading::triage::sign::signs;

signs! {
    AuthInvalid Any CAUSE "what proves the user is used up or does not fit" [
        "challenge not found or already used", "mfa challenge..has expired", "invalid totp code",
        "invalid mfa phone code", "invalid mfa", "flow state does not have an auth code",
        "no associated flow state", "no valid flow state", "invalid flow state", "pkce code verifier",
        "code verifier missing", "authinvalidtokenresponseerror", "authpkce*..*error", "authimplicitgrant*..*error",
        "authinvalidcredentialserror", "authinvalidjwterror", "auth session or user missing",
        "invalid client credentials", "invalid credential response", "invalid user handle in assertion",
        "credential verification failed", "could not read claims", "sessionid claim", "invalid nonce",
        "nonces mismatch", "unacceptable audience in id_token", "invited email does not match",
        "id token issuer is not", "invite not found", "error exchanging authorization code",
        "unable to exchange external code", "oauth state..not found", "oauth callback with", "oauth state parameter",
        "oauth state not found", "reauthentication token", "nonce has expired", "requires reauthentication",
        "email link is invalid", "magic link..expired", "magic link..invalid", "phone otp..expired",
        "otp has expired", "otp expired", "challenge and verify ip addresses mismatch", "ip addresses mismatch",
    ]
    AuthInvalid Any NAMED "the user of the token is gone" [
        "user from sub claim in jwt does not exist",
    ]
    AuthForbidden Any INNER "the account or the project does not allow it" [
        "user banned", "aal2 required", "aal2 session is required", "session is required to update",
        "anonymous user not allowed", "cannot be used as it is not authorized", "login with magic link is disabled",
        "mfa enroll is disabled", "mfa verification is disabled", "phone logins are disabled",
        "phone signups are disabled", "email signups are disabled", "email signups disabled",
        "provider is disabled", "providers are disabled", "custom provider..is disabled", "not allowed for otp",
        "signups not allowed for otp", "signups are disabled", "dynamic client registration is not enabled",
        "sso..is disabled", "saml..is disabled", "linking is disabled", "saml 2.0 is disabled",
        "valid session and a registered user", "valid session and factor are required",
    ]
    ValInput Any CAUSE "the request to the auth service is not one it takes" [
        "new password should be different", "identity is already linked", "identity doesn't exist",
        "signup requires a valid password", "missing one of these types", "user already registered",
        "already been registered", "email address already registered", "phone number already registered",
        "email address is required", "an email address is too long", "unable to validate phone",
        "invalid phone number format", "unsupported phone", "only an email address or phone number",
        "either email or phone", "without either an email or phone", "authweakpassworderror",
        "password is known to be weak", "password cannot be longer", "password should contain",
        "current password required", "factor not found", "code needs to be non-empty",
        "id must conform to the uuid", "bad pagination parameters", "bad sort parameters",
        "could not parse request body as json", "could not read verification params",
        "verify requires either a token", "only the token_hash", "no fields provided for update",
        "a provider_id or domain", "no sso provider assigned", "no such sso provider",
        "maximum number of verified factors", "multiple accounts with the same email", "invalid email verification",
        "provider..could not be found", "redirect url..not allowed", "invalid redirect",
        "captcha protection", "request disallowed",
    ]
    VendorSupabase Any OUTER "the auth service fails" [
        "error getting user email from external provider", "error sending confirmation*", "error sending recovery*",
        "error sending magic*", "error sending invite*", "error sending email change*",
        "error sending reauthentication*", "error sending user*", "error sending..otp", "error creating flow state",
        "error loading flow state", "error logging out user", "error recording audit log", "error confirm*..user",
        "error fetching saml metadata", "failed to create new session", "failed to update session",
        "failed to get sms provider", "failed to initialize webauthn", "unhandled server error & gotrue",
        "database error checking", "database error storing", "database error counting", "database error consuming",
        "database error downgrading", "database error verifying",
    ]
    VendorSupabase Any OUTER "the auth service fails" [
        "database error finding", "database error updating", "database error deleting", "database error loading",
        "error deleting oauth", "error creating saml", "error creating custom", "error listing oauth",
        "error updating oauth", "error validating client credentials", "error generating id token",
        "error encrypting", "error fetching oauth", "error revoking grant", "error removing unverified",
        "error refetching", "error soft deleting", "error searching for audit", "error setting email_verified",
        "error during password storage", "error during reauthentication", "failed to generate webauthn",
        "failed to validate webauthn", "failed to find oauth state", "token service not available",
        "unable to get sms provider", "unable to perform password strength check", "unable to exchange external code",
        "unable to find sso", "oidc discovery..failed", "captcha verification process failed",
        "mapped claims from provider",
    ]
    AuthForbidden Any INNER "the account or the project does not allow it" [
        "please verify your email", "please verify your phone", "verify the email with", "unverified email with",
        "oauth server is disabled", "scim server is disabled", "passkeys are disabled", "sso provider..disabled",
        "provider (issuer", "only possible via sso", "sso users cannot",
    ]
    AuthInvalid Any INNER "what proves the user is used up or does not fit" [
        "relaystate has expired", "relaystate does not exist", "message was issued too",
        "becomes valid in the future", "message was signed for another app", "state has already been used",
        "oauth provider mismatch", "authorization code has no associated", "client does not match the session",
        "does not match the session",
    ]
    VendorSupabase Any CAUSE "the auth service does not get on" [
        "hook returned..status", "hook returned an", "unsupported provider: ", "provider is not enabled",
        "error invoking hook", "unable to reach hook", "hook..timed out", "hook errored",
        "error getting user profile from external provider",
    ]
    VendorSupabase Any BROKE "the auth service may be what failed" [
        "error inviting user", "error updating user", "error creating user", "error finding user",
        "error finding identity", "error locking", "error creating identity", "error storing password",
    ]
}
