//! What the codes of others mean: a table each, names and numbers apart by spaces.

use crate::domain::taxonomy::Code;

/// `PostgREST`, behind its `PGRST`.
pub(super) const POSTGREST: &[(&str, Code)] = &[
    ("000 001 002 003", Code::VendorSupabase),
    (
        "100 101 102 103 104 105 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128",
        Code::ValInput,
    ),
    ("106 200 201 202 203 204 205", Code::ValSchema),
    ("300", Code::ConfigMissing),
    ("301 302 303", Code::AuthInvalid),
    ("x00 x01", Code::Internal),
];

/// Prisma, behind its `P`.
pub(super) const PRISMA: &[(&str, Code)] = &[
    ("1000 1003 1010 1012 1013", Code::ConfigInvalid),
    ("1001 1017", Code::DbConnection),
    ("1002 1008", Code::DbTimeout),
    ("1011", Code::NetTls),
    ("1009 1014 1015 1019", Code::ValSchema),
    ("1016", Code::ValInput),
    ("1018", Code::DbTransaction),
    (
        "2000 2005 2006 2007 2008 2009 2012 2013 2019 2020 2033",
        Code::ValInput,
    ),
    ("2001 2015 2017 2018 2025", Code::ValData),
    ("2002 2003 2004 2011 2014 2035", Code::DbIntegrity),
    ("2010 2016 2027", Code::Internal),
    ("2021 2022 2023 2026 2030 2031 2032", Code::ValSchema),
    ("2024 2037", Code::DbPoolExhausted),
    ("2028 2034", Code::DbTransaction),
    ("2029", Code::ResourceExhausted),
    (
        "3000 3001 3002 3003 3004 3005 3006 3007 3008 3009 3010 3011 3012 3013 3015 3016 3017 3018 3019 3020 3021 3022",
        Code::ValSchema,
    ),
    ("3014", Code::AuthForbidden),
    ("4000 4001 4002", Code::ValSchema),
    ("5000", Code::ValInput),
    ("5003", Code::ValData),
    ("5004", Code::ConfigInvalid),
    ("5006", Code::Internal),
    ("5007", Code::AuthInvalid),
    ("5008 5009", Code::NetTimeout),
    ("5010", Code::NetRefused),
    ("5011", Code::VendorRateLimited),
    ("5012 5013 5014 5015", Code::ConfigInvalid),
    ("6000", Code::Internal),
    ("6001", Code::ConfigInvalid),
    ("6002", Code::AuthInvalid),
    ("6003", Code::VendorRateLimited),
    ("6004", Code::DbTimeout),
    ("6005 6006", Code::ConfigInvalid),
    ("6008", Code::DbConnection),
    ("6009 6010", Code::ResourceExhausted),
];

/// The `error_code`s of Supabase's auth and storage, and the words of OAuth.
pub(super) const AUTH_CODES: &[(&str, Code)] = &[
    (
        "bad_jwt session_not_found session_expired refresh_token_not_found refresh_token_already_used flow_state_not_found flow_state_expired flow_state_already_used oauth_client_state_not_found oauth_client_state_expired oauth_invalid_state bad_oauth_state bad_oauth_callback unexpected_audience mfa_challenge_expired mfa_verification_failed mfa_verification_rejected saml_relay_state_not_found saml_relay_state_expired reauthentication_needed reauthentication_not_valid otp_expired bad_code_verifier invalid_credentials webauthn_challenge_not_found webauthn_challenge_expired webauthn_verification_failed current_password_invalid invite_not_found oauth_authorization_not_found mfa_ip_address_mismatch invalid_grant invalid_token expired_token invalid_client token_expired unauthorized_invalid_jwt_format",
        Code::AuthInvalid,
    ),
    (
        "no_authorization unauthorized_no_auth_header login_required",
        Code::AuthMissing,
    ),
    (
        "not_admin signup_disabled user_banned provider_email_needs_verification email_provider_disabled phone_provider_disabled insufficient_aal saml_provider_disabled manual_linking_disabled email_not_confirmed phone_not_confirmed sso_provider_disabled provider_disabled user_sso_managed otp_disabled anonymous_provider_disabled mfa_phone_enroll_not_enabled mfa_phone_verify_not_enabled mfa_totp_enroll_not_enabled mfa_totp_verify_not_enabled mfa_webauthn_enroll_not_enabled mfa_webauthn_verify_not_enabled web3_provider_disabled email_address_not_authorized feature_disabled passkey_disabled oauth_dynamic_client_registration_disabled insufficient_scope access_denied unauthorized_client invalid_scope",
        Code::AuthForbidden,
    ),
    (
        "validation_failed bad_json email_exists phone_exists user_not_found oauth_provider_not_supported single_identity_not_deletable email_conflict_identity_not_deletable identity_already_exists mfa_factor_name_conflict mfa_factor_not_found captcha_failed saml_idp_not_found saml_assertion_no_user_id saml_assertion_no_email user_already_exists sso_provider_not_found saml_idp_already_exists sso_domain_already_exists saml_entity_id_mismatch same_password current_password_required identity_not_found weak_password mfa_verified_factor_exists web3_unsupported_chain email_address_not_provided email_address_invalid oauth_client_not_found oauth_consent_not_found request_entity_too_large custom_provider_not_found webauthn_credential_not_found webauthn_credential_exists invalid_request unsupported_grant_type unsupported_response_type invalid_target invalid_mime_type",
        Code::ValInput,
    ),
    ("conflict", Code::ValData),
    (
        "over_request_rate_limit over_email_send_rate_limit over_sms_send_rate_limit over_custom_provider_quota slow_down temporarily_unavailable_rate",
        Code::VendorRateLimited,
    ),
    (
        "too_many_enrolled_mfa_factors too_many_passkeys",
        Code::ValInput,
    ),
    (
        "unexpected_failure hook_timeout hook_timeout_after_retry hook_payload_over_size_limit hook_payload_invalid_content_type sms_send_failed saml_metadata_fetch_failed request_timeout",
        Code::VendorSupabase,
    ),
    ("redirect_uri_mismatch", Code::ConfigInvalid),
    ("server_error", Code::Internal),
];

/// curl.
pub(super) const CURL: &[(&str, Code)] = &[
    ("1 3 4 43 47 48 2", Code::ConfigInvalid),
    ("5 6", Code::NetDns),
    (
        "7 52 55 56 18 8 16 92 95 96 97 45 12 1001",
        Code::NetRefused,
    ),
    ("28", Code::NetTimeout),
    (
        "35 51 53 54 58 59 60 64 66 80 82 83 90 91 98 77",
        Code::NetTls,
    ),
    ("67", Code::ConfigInvalid),
    ("9", Code::AuthForbidden),
    ("23 27 63", Code::ResourceExhausted),
    ("26 37", Code::ConfigFileMissing),
    ("42", Code::Cancelled),
    ("61", Code::ValInput),
];

/// Winsock and Windows.
pub(super) const WINSOCK: &[(&str, Code)] = &[
    (
        "10061 10054 10053 10050 10051 10052 10057 10058 10064 10065 1236 1225 121",
        Code::NetRefused,
    ),
    ("10060", Code::NetTimeout),
    ("11001 11002 11003 11004", Code::NetDns),
    ("10013 5", Code::AuthForbidden),
    ("10048", Code::ConfigInvalid),
    ("10024 10055 8 14 112 1450", Code::ResourceExhausted),
    ("2 3", Code::ConfigFileMissing),
    ("995 1223", Code::Cancelled),
];

/// Linux, and libuv where it differs.
pub(super) const ERRNO: &[(&str, Code)] = &[
    (
        "111 104 32 101 113 103 107 108 100 112 61 54 4078 4077 92 97 51 64 65 71 93",
        Code::NetRefused,
    ),
    ("110 60 4039", Code::NetTimeout),
    ("3008 3001 3007", Code::NetDns),
    ("1 13 30", Code::AuthForbidden),
    ("2 20 21 40", Code::ConfigFileMissing),
    (
        "7 11 12 16 23 24 26 27 28 35 99 105 116 122",
        Code::ResourceExhausted,
    ),
    ("48 98", Code::ConfigInvalid),
    ("4 125", Code::Cancelled),
    ("36", Code::ValInput),
    ("5 8 9 14 17 22 38 39 88 95", Code::Internal),
];

/// How processes end.
pub(super) const EXITS: &[(&str, Code)] = &[
    ("137", Code::ResourceExhausted),
    ("130 143", Code::Cancelled),
    ("132 134 135 136 139", Code::Internal),
];

/// Signals.
pub(super) const SIGNALS: &[(&str, Code)] = &[
    ("9", Code::ResourceExhausted),
    ("2 15 1 3", Code::Cancelled),
    ("4 5 6 7 8 11", Code::Internal),
];
