/**
 * Names of tables and columns of public apps. The last two are whole, and were measured once the words were
 * settled; the others are abridged to what has to do with people, logins and settings.
 */
export interface PublicSchema {
  app: string;
  /** A line a table: its name, then its columns. */
  tables: string;
  /** The tables that hold what lets somebody in, by reading the schema. */
  secret: string;
  /** Of those, what is not found by name. */
  missed?: string;
  /** What is left out, and holds nothing of the kind. */
  alarms?: string;
}

export const PUBLIC_SCHEMAS: readonly PublicSchema[] = [
  {
    app: "better-auth",
    tables: `
      user: id name email emailVerified image createdAt updatedAt twoFactorEnabled role banned banReason banExpires
      session: id expiresAt token createdAt updatedAt ipAddress userAgent userId impersonatedBy
      account: id accountId providerId userId accessToken refreshToken idToken accessTokenExpiresAt scope password
      verification: id identifier value expiresAt createdAt updatedAt
      twoFactor: id secret backupCodes userId
      passkey: id name publicKey userId credentialID counter deviceType backedUp transports aaguid
      apikey: id name start prefix key userId refillInterval lastRefillAt enabled rateLimitMax permissions metadata
      jwks: id publicKey privateKey createdAt
      oauthApplication: id name clientId clientSecret redirectURLs type disabled userId
      oauthAccessToken: id accessToken refreshToken accessTokenExpiresAt clientId userId scopes
      organization: id name slug logo createdAt metadata
      member: id organizationId userId role createdAt
      invitation: id organizationId email role status expiresAt inviterId
      rateLimit: id key count lastRequest
      ssoProvider: id issuer domain oidcConfig samlConfig userId providerId organizationId`,
    secret:
      "session account verification twoFactor passkey apikey jwks oauthApplication oauthAccessToken ssoProvider",
    missed: "ssoProvider",
  },
  {
    app: "Auth.js",
    tables: `
      User: id name email emailVerified image
      Account: userId type provider providerAccountId refresh_token access_token expires_at token_type scope id_token session_state
      Session: sessionToken userId expires
      VerificationToken: identifier token expires
      Authenticator: credentialID userId providerAccountId credentialPublicKey counter credentialDeviceType transports`,
    secret: "Account Session VerificationToken Authenticator",
  },
  {
    app: "Lucia",
    tables: `
      user: id username email_verified github_id registered_2fa
      user_key: id user_id hashed_password
      user_session: id user_id active_expires idle_expires
      session: id secret_hash user_id created_at two_factor_verified
      email_verification_request: id user_id code email expires_at
      password_reset_session: id user_id email code expires_at email_verified
      passkey_credential: id user_id name algorithm public_key
      security_key_credential: id user_id name algorithm public_key
      totp_credential: id user_id key`,
    secret:
      "user_key user_session session email_verification_request password_reset_session passkey_credential security_key_credential totp_credential",
    missed: "email_verification_request",
  },
  {
    app: "Django",
    tables: `
      auth_user: id password last_login is_superuser username first_name last_name email is_staff is_active date_joined
      auth_group: id name
      auth_permission: id name content_type_id codename
      auth_group_permissions: id group_id permission_id
      django_session: session_key session_data expire_date
      django_admin_log: id action_time object_id object_repr action_flag change_message content_type_id user_id
      django_content_type: id app_label model
      django_site: id domain name
      authtoken_token: key created user_id
      account_emailaddress: id email verified primary user_id
      account_emailconfirmation: id created sent key email_address_id
      socialaccount_socialaccount: id provider uid last_login date_joined extra_data user_id
      socialaccount_socialapp: id provider name client_id secret key provider_id settings
      socialaccount_socialtoken: id token token_secret expires_at account_id app_id
      otp_totp_totpdevice: id user_id name confirmed key step t0 digits tolerance drift
      otp_static_statictoken: id device_id token
      oauth2_provider_application: id client_id redirect_uris client_type name client_secret user_id
      oauth2_provider_grant: id code expires redirect_uri scope application_id user_id code_challenge nonce`,
    secret:
      "auth_user django_session authtoken_token account_emailconfirmation socialaccount_socialapp socialaccount_socialtoken otp_totp_totpdevice otp_static_statictoken oauth2_provider_application oauth2_provider_grant",
    missed: "account_emailconfirmation otp_totp_totpdevice oauth2_provider_grant",
  },
  {
    app: "Rails with Devise and Doorkeeper",
    tables: `
      users: id email encrypted_password reset_password_token reset_password_sent_at remember_created_at sign_in_count confirmation_token confirmed_at unlock_token locked_at otp_secret consumed_timestep
      members: id name password_digest
      identities: id user_id provider uid
      oauth_applications: id name uid secret redirect_uri scopes confidential
      oauth_access_grants: id resource_owner_id application_id token expires_in redirect_uri scopes
      oauth_access_tokens: id resource_owner_id application_id token refresh_token expires_in scopes
      active_storage_blobs: id key filename content_type metadata service_name byte_size checksum
      active_storage_attachments: id name record_type record_id blob_id
      action_text_rich_texts: id name body record_type record_id
      ar_internal_metadata: key value created_at
      schema_migrations: version
      friendly_id_slugs: id slug sluggable_id scope`,
    secret: "users members oauth_applications oauth_access_grants oauth_access_tokens",
  },
  {
    app: "WordPress",
    tables: `
      wp_users: ID user_login user_pass user_nicename user_email user_url user_registered user_activation_key user_status display_name
      wp_usermeta: umeta_id user_id meta_key meta_value
      wp_posts: ID post_author post_date post_content post_title post_status comment_status post_password post_name
      wp_postmeta: meta_id post_id meta_key meta_value
      wp_comments: comment_ID comment_post_ID comment_author comment_author_email comment_author_IP comment_content
      wp_commentmeta: meta_id comment_id meta_key meta_value
      wp_options: option_id option_name option_value autoload
      wp_terms: term_id name slug term_group
      wp_term_taxonomy: term_taxonomy_id term_id taxonomy description parent count
      wp_term_relationships: object_id term_taxonomy_id term_order
      wp_links: link_id link_url link_name link_image`,
    secret: "wp_users wp_usermeta wp_options",
    missed: "wp_usermeta wp_options",
    alarms: "wp_posts",
  },
  {
    app: "Ghost",
    tables: `
      posts: id uuid title slug mobiledoc html comment_id featured type status visibility codeinjection_head
      posts_meta: id post_id og_title og_image meta_title
      users: id name slug password email profile_image bio accessibility status last_seen
      sessions: id session_id user_id session_data created_at
      settings: id group key value type flags
      tags: id name slug description
      members: id uuid transient_id email status name note enable_comment_notifications
      tokens: id token uuid data first_used_at used_count created_by
      invites: id role_id status token email expires
      integrations: id type name slug icon_image description
      api_keys: id type secret role_id integration_id user_id
      webhooks: id event target_url name secret api_version integration_id last_triggered_at
      brute: key firstRequest lastRequest lifetime count
      newsletters: id uuid name slug sender_email sort_order
      products: id name slug active welcome_page_url visibility monthly_price
      offers: id active name code product_id portal_title
      stripe_prices: id stripe_price_id stripe_product_id nickname amount
      migrations: id name version currentVersion`,
    secret: "users sessions settings tokens invites api_keys webhooks",
    missed: "settings",
  },
  {
    app: "Directus",
    tables: `
      directus_users: id first_name email password location tfa_secret status role token last_access auth_data
      directus_sessions: token user expires ip user_agent share origin next_token
      directus_settings: id project_name project_url public_note mapbox_key storage_asset_transform openai_api_key
      directus_shares: id name collection item role password user_created date_start
      directus_flows: id name icon status trigger options operation
      directus_operations: id name key type position_x options resolve reject flow
      directus_webhooks: id name method url status data actions collections headers
      directus_files: id storage filename_disk title type folder uploaded_by charset filesize
      directus_collections: collection icon note display_template sort_field archive_field
      directus_fields: id collection field special interface options
      directus_permissions: id collection action permissions validation presets fields policy
      directus_activity: id action user timestamp ip collection item
      directus_translations: id language key value
      directus_presets: id bookmark user role collection search layout`,
    secret:
      "directus_users directus_sessions directus_settings directus_shares directus_webhooks directus_flows",
    missed: "directus_webhooks directus_flows",
  },
  {
    app: "Payload",
    tables: `
      users: id updated_at email reset_password_token reset_password_expiration salt hash login_attempts lock_until
      users_sessions: _order _parent_id id created_at expires_at
      admins: id enable_a_p_i_key api_key api_key_index
      members: id email salt hash
      media: id alt url filename mime_type filesize width height
      posts: id title slug content published_at _status
      payload_locked_documents: id global_slug updated_at
      payload_preferences: id key value
      payload_preferences_rels: id order parent_id path users_id
      payload_migrations: id name batch`,
    secret: "users users_sessions admins members",
  },
  {
    app: "Strapi",
    tables: `
      admin_users: id firstname lastname username email password reset_password_token registration_token is_active blocked
      up_users: id username email provider password reset_password_token confirmation_token confirmed blocked
      strapi_api_tokens: id name description type access_key last_used_at expires_at lifespan
      strapi_api_token_permissions: id action
      strapi_transfer_tokens: id name description access_key last_used_at expires_at
      strapi_sessions: id user_id session_id child_id device_id origin status expires_at
      strapi_core_store_settings: id key value type environment tag
      strapi_webhooks: id name url headers events enabled
      admin_permissions: id action action_parameters subject properties conditions
      admin_roles: id name code description
      files: id name alternative_text hash ext mime size url provider
      upload_folders: id name path_id path
      articles: id title slug description published_at locale`,
    secret:
      "admin_users up_users strapi_api_tokens strapi_transfer_tokens strapi_sessions strapi_core_store_settings strapi_webhooks",
    missed: "strapi_core_store_settings strapi_webhooks",
  },
  {
    app: "Mastodon",
    tables: `
      accounts: id username domain private_key public_key created_at note display_name uri url inbox_url
      users: id email encrypted_password reset_password_token confirmation_token otp_secret otp_backup_codes sign_in_token
      session_activations: id session_id user_agent ip access_token_id user_id web_push_subscription_id
      web_settings: id data user_id
      web_push_subscriptions: id endpoint key_p256dh key_auth data access_token_id user_id
      webauthn_credentials: id external_id public_key nickname sign_count user_id
      webhooks: id url events secret enabled template
      oauth_access_tokens: id token refresh_token expires_in scopes resource_owner_id
      oauth_access_grants: id token expires_in redirect_uri scopes
      oauth_applications: id name uid secret redirect_uri scopes
      backups: id user_id dump_file_name processed
      identities: provider uid user_id
      invites: id user_id code expires_at max_uses uses
      statuses: id uri text in_reply_to_id reblog_of_id url sensitive visibility spoiler_text
      settings: id var value thing_type thing_id
      custom_emojis: id shortcode domain image_file_name
      media_attachments: id status_id file_file_name remote_url type shortcode blurhash
      relays: id inbox_url follow_activity_id state
      tags: id name usable trendable`,
    secret:
      "accounts users session_activations web_push_subscriptions webauthn_credentials webhooks oauth_access_tokens oauth_access_grants oauth_applications invites",
    missed: "session_activations invites",
  },
  {
    app: "Gitea",
    tables: `
      user: id lower_name name full_name email passwd passwd_hash_algo must_change_password login_type salt rands language
      access_token: id uid name token_hash token_salt token_last_eight scope
      oauth2_application: id uid name client_id client_secret confidential_client redirect_uris
      oauth2_authorization_code: id grant_id code code_challenge code_challenge_method redirect_uri valid_until
      oauth2_grant: id user_id application_id counter scope nonce
      session: key data expiry
      two_factor: id uid secret scratch_salt scratch_hash last_used_passcode
      webauthn_credential: id name lower_name user_id credential_id public_key attestation_type aaguid sign_count
      login_source: id type name is_active is_sync_enabled cfg
      public_key: id owner_id name fingerprint content mode type
      deploy_key: id key_id repo_id name fingerprint
      gpg_key: id owner_id key_id primary_key_id content
      secret: id owner_id repo_id name data
      webhook: id repo_id owner_id url http_method secret events is_active header_authorization_encrypted
      action_runner: id uuid name owner_id token_hash token_salt last_online
      action_runner_token: id token owner_id repo_id is_active
      action_task: id job_id status token_hash token_salt token_last_eight
      external_login_user: external_id user_id login_source_id provider email access_token access_token_secret refresh_token
      auth_token: id token_hash user_id expires_unix
      repository: id owner_id lower_name name description default_branch num_watches
      issue: id repo_id index poster_id name content
      star: id uid repo_id
      mirror: id repo_id interval remote_address`,
    secret:
      "user access_token oauth2_application oauth2_authorization_code session two_factor webauthn_credential login_source secret webhook action_runner action_runner_token action_task external_login_user auth_token",
    missed: "login_source",
  },
  {
    app: "Supabase auth",
    tables: `
      users: id aud role email encrypted_password confirmation_token recovery_token email_change_token_new phone_change_token
      identities: id user_id identity_data provider last_sign_in_at
      sessions: id user_id factor_id aal not_after refreshed_at
      refresh_tokens: id token user_id revoked parent session_id
      mfa_factors: id user_id friendly_name factor_type status secret phone
      mfa_challenges: id factor_id verified_at ip_address otp_code
      mfa_amr_claims: id session_id authentication_method
      one_time_tokens: id user_id token_type token_hash relates_to
      flow_state: id user_id auth_code code_challenge provider_access_token provider_refresh_token
      saml_providers: id sso_provider_id entity_id metadata_xml
      saml_relay_states: id sso_provider_id request_id for_email
      sso_providers: id resource_id
      sso_domains: id sso_provider_id domain
      audit_log_entries: id payload ip_address
      instances: id uuid raw_base_config
      oauth_clients: id client_secret_hash redirect_uris grant_types client_name`,
    secret:
      "users sessions refresh_tokens mfa_factors mfa_challenges one_time_tokens flow_state instances oauth_clients",
    missed: "instances",
  },
  {
    app: "Laravel",
    tables: `
      users: id name email email_verified_at password remember_token two_factor_secret two_factor_recovery_codes
      password_reset_tokens: email token created_at
      password_resets: email token created_at
      sessions: id user_id ip_address user_agent payload last_activity
      personal_access_tokens: id tokenable_type tokenable_id name token abilities last_used_at expires_at
      oauth_clients: id user_id name secret provider redirect personal_access_client
      oauth_auth_codes: id user_id client_id scopes revoked
      oauth_access_tokens: id user_id client_id name scopes revoked
      oauth_refresh_tokens: id access_token_id revoked expires_at
      cache: key value expiration
      cache_locks: key owner expiration
      jobs: id queue payload attempts reserved_at
      failed_jobs: id uuid connection queue payload exception failed_at
      migrations: id migration batch
      telescope_entries: sequence uuid batch_id type content`,
    secret:
      "users password_reset_tokens password_resets sessions personal_access_tokens oauth_clients oauth_auth_codes oauth_access_tokens oauth_refresh_tokens cache telescope_entries",
    missed: "cache telescope_entries",
  },
  {
    app: "Medusa",
    tables: `
      user: id first_name last_name email avatar_url metadata
      auth_identity: id app_metadata
      provider_identity: id entity_id provider auth_identity_id user_metadata provider_metadata
      api_key: id token salt redacted title type last_used_at created_by revoked_at
      invite: id email accepted token expires_at
      customer: id company_name first_name last_name email phone has_account
      cart: id region_id customer_id sales_channel_id email currency_code
      order: id region_id display_id customer_id version status email
      payment_session: id currency_code amount provider_id data context status
      payment: id amount currency_code provider_id data captured_at
      notification: id to channel template data provider_id idempotency_key
      workflow_execution: id workflow_id transaction_id execution context state
      product: id title handle subtitle description discountable
      store: id name default_sales_channel_id default_region_id`,
    secret: "provider_identity api_key invite payment_session",
    missed: "provider_identity",
  },
  {
    app: "Lobsters",
    tables: `
      action_mailbox_inbound_emails: status message_id message_checksum created_at updated_at
      active_storage_attachments: name record_type record_id blob_id created_at
      active_storage_blobs: key filename content_type metadata service_name byte_size checksum created_at
      active_storage_variant_records: blob_id variation_digest
      categories: category created_at updated_at token
      comment_stats: date average
      comments: created_at updated_at short_id story_id confidence_order user_id parent_comment_id thread_id comment score flags confidence markeddown_comment is_deleted is_moderated is_from_email hat_id depth reply_count last_reply_at last_edited_at token
      domains: domain created_at updated_at banned_at banned_by_user_id banned_reason selector replacement stories_count token
      hat_requests: created_at updated_at user_id hat link comment token
      hats: created_at updated_at user_id granted_by_user_id hat link modlog_use doffed_at short_id token
      hidden_stories: user_id story_id created_at token
      invitation_requests: code is_verified email name memo ip_address created_at updated_at token
      invitations: user_id email code created_at updated_at memo used_at new_user_id token
      keystores: key value
      links: url normalized_url title from_story_id from_comment_id to_story_id to_comment_id
      mastodon_apps: name client_id client_secret created_at updated_at
      messages: created_at author_user_id recipient_user_id subject body short_id deleted_by_author deleted_by_recipient hat_id token
      mod_activities: item_type item_id token created_at updated_at
      mod_mail_messages: mod_mail_id message user_id created_at updated_at
      mod_mail_recipients: mod_mail_id user_id created_at updated_at
      mod_mail_references: mod_mail_id reference_type reference_id created_at updated_at
      mod_mails: subject remind_mods_at created_at updated_at short_id
      mod_notes: moderator_user_id user_id note markeddown_note created_at token
      moderations: created_at updated_at moderator_user_id story_id comment_id user_id action reason is_from_suggestions tag_id domain_id category_id origin_id token
      notifications: user_id notifiable_type notifiable_id read_at token created_at updated_at
      origins: domain_id identifier stories_count banned_at banned_by_user_id banned_reason created_at updated_at token
      read_ribbons: is_following created_at updated_at user_id story_id
      saved_stories: created_at updated_at user_id story_id token
      stories: created_at user_id url normalized_url title description short_id is_deleted score flags is_moderated hotness markeddown_description comments_count merged_story_id unavailable_at twitter_id user_is_author user_is_following domain_id mastodon_id origin_id last_comment_at stories_count updated_at last_edited_at token
      story_texts: title description body created_at
      suggested_taggings: story_id tag_id user_id created_at updated_at
      suggested_titles: story_id user_id title
      tag_filters: created_at updated_at user_id tag_id
      taggings: story_id tag_id
      tags: tag description privileged is_media active hotness_mod permit_by_new_users category_id token created_at updated_at quorum
      usernames: username user_id created_at renamed_away_at
      users: username email password_digest created_at is_admin password_reset_token session_token about invited_by_user_id is_moderator pushover_mentions rss_token mailing_list_token mailing_list_mode karma banned_at banned_by_user_id banned_reason deleted_at disabled_invite_at disabled_invite_by_user_id disabled_invite_reason settings show_email last_read_newest_story last_read_newest_comment token
      votes: user_id story_id comment_id vote reason updated_at`,
    secret: "users mastodon_apps keystores invitations invitation_requests",
    missed: "keystores",
    alarms:
      "categories comments domains hat_requests hats hidden_stories messages mod_activities mod_notes moderations notifications origins saved_stories stories tags",
  },
  {
    app: "Documenso",
    tables: `
      User: id name email emailVerified password source signature createdAt updatedAt lastSignedIn roles identityProvider avatarImageId disabled twoFactorSecret twoFactorEnabled twoFactorBackupCodes
      TeamProfile: id enabled teamId bio
      UserSecurityAuditLog: id userId createdAt type userAgent ipAddress
      PasswordResetToken: id token createdAt expiry userId
      Passkey: id userId name createdAt updatedAt lastUsedAt credentialId credentialPublicKey counter credentialDeviceType credentialBackedUp transports
      AnonymousVerificationToken: id token expiresAt createdAt
      VerificationToken: id secondaryId identifier token completed expires createdAt metadata userId
      Webhook: id webhookUrl eventTriggers secret enabled createdAt updatedAt userId teamId
      WebhookCall: id status url event requestBody responseCode responseHeaders responseBody createdAt webhookId
      ApiToken: id name token algorithm expires createdAt userId teamId
      Subscription: id status planId priceId periodEnd createdAt updatedAt cancelAtPeriodEnd customerId organisationId
      SubscriptionClaim: id createdAt updatedAt name locked teamCount memberCount envelopeItemCount recipientCount flags documentRateLimits documentQuota emailRateLimits emailQuota apiRateLimits apiQuota emailTransportId
      OrganisationClaim: id createdAt updatedAt originalSubscriptionClaimId teamCount memberCount envelopeItemCount recipientCount flags documentRateLimits documentQuota emailRateLimits emailQuota apiRateLimits apiQuota emailTransportId
      OrganisationMonthlyStat: id createdAt updatedAt organisationId period documentCount emailCount apiCount emailReports
      Account: id createdAt userId type provider providerAccountId refresh_token access_token expires_at created_at ext_expires_in token_type scope id_token session_state password
      Session: id sessionToken userId ipAddress userAgent expiresAt createdAt updatedAt
      Folder: id name userId teamId pinned parentId createdAt updatedAt visibility type
      Envelope: id secondaryId externalId type createdAt updatedAt completedAt deletedAt title status source qrToken signatureLevel internalVersion useLegacyFieldInsertion authOptions formValues visibility templateType publicTitle publicDescription templateId userId teamId folderId documentMetaId
      EnvelopeItem: id title order documentDataId envelopeId
      DocumentAuditLog: id envelopeId createdAt type data name email userId userAgent ipAddress
      DocumentData: id type data initialData
      DocumentMeta: id subject message timezone dateFormat redirectUrl signingOrder allowDictateNextSigner typedSignatureEnabled uploadSignatureEnabled drawSignatureEnabled language distributionMethod emailSettings emailReplyTo emailId envelopeExpirationPeriod reminderSettings
      EnvelopeAttachment: id type label data createdAt updatedAt envelopeId
      Recipient: id envelopeId email name token documentDeletedAt expired expiresAt expirationNotifiedAt sentAt signedAt lastReminderSentAt nextReminderAt reminderCount authOptions signingOrder rejectionReason role readStatus signingStatus sendStatus
      Field: id secondaryId envelopeId envelopeItemId recipientId type page positionX positionY width height customText inserted fieldMeta
      Signature: id created recipientId fieldId signatureImageAsBase64 typedSignature
      CscCredential: id providerId credentialId certCache signatureAlgorithm keyType digestAlgorithm keyLenBits signAlgoParams serviceTokenCiphertext serviceTokenExpiresAt recipientId createdAt updatedAt
      CscSession: id envelopeId signingTime itemsJson encryptedSad sadExpiresAt createdAt recipientId
      DocumentShareLink: id email slug envelopeId createdAt updatedAt
      Organisation: id createdAt updatedAt type name url avatarImageId customerId organisationClaimId ownerUserId organisationGlobalSettingsId organisationAuthenticationPortalId
      OrganisationMember: id createdAt updatedAt userId organisationId
      OrganisationMemberInvite: id createdAt email token status organisationId organisationRole
      OrganisationGroup: id name type organisationRole organisationId
      OrganisationGroupMember: id groupId organisationMemberId
      TeamGroup: id organisationGroupId teamRole teamId
      OrganisationGlobalSettings: id documentVisibility documentLanguage includeSenderDetails includeSigningCertificate includeAuditLog documentTimezone documentDateFormat delegateDocumentOwnership typedSignatureEnabled uploadSignatureEnabled drawSignatureEnabled defaultRecipients emailId emailReplyTo emailDocumentSettings brandingEnabled brandingLogo brandingUrl brandingCompanyDetails brandingColors brandingCss envelopeExpirationPeriod reminderSettings aiFeaturesEnabled
      TeamGlobalSettings: id documentVisibility documentLanguage documentTimezone documentDateFormat delegateDocumentOwnership includeSenderDetails includeSigningCertificate includeAuditLog typedSignatureEnabled uploadSignatureEnabled drawSignatureEnabled defaultRecipients emailId emailReplyTo emailDocumentSettings brandingEnabled brandingLogo brandingUrl brandingCompanyDetails brandingColors brandingCss envelopeExpirationPeriod reminderSettings aiFeaturesEnabled
      Team: id name url createdAt avatarImageId organisationId teamGlobalSettingsId
      TeamEmail: teamId createdAt name email
      TeamEmailVerification: teamId name email token completed expiresAt createdAt
      TemplateDirectLink: id envelopeId token createdAt enabled directTemplateRecipientId
      SiteSettings: id enabled data lastModifiedByUserId lastModifiedAt
      BackgroundJob: id status payload retried maxRetries jobId name version submittedAt updatedAt completedAt lastRetriedAt
      BackgroundJobTask: id name status result retried maxRetries createdAt updatedAt completedAt jobId
      AvatarImage: id bytes
      EmailDomain: id createdAt updatedAt status selector domain publicKey privateKey lastVerifiedAt organisationId
      OrganisationEmail: id createdAt updatedAt email emailName emailDomainId organisationId
      EmailTransport: id createdAt updatedAt name type fromName fromAddress config
      OrganisationAuthenticationPortal: id enabled clientId clientSecret wellKnownUrl defaultOrganisationRole autoProvisionUsers allowedDomains allowPersonalOrganisations
      Counter: id value
      RateLimit: key action bucket count createdAt`,
    secret:
      "User PasswordResetToken Passkey AnonymousVerificationToken VerificationToken Webhook ApiToken Account Session Envelope Recipient CscCredential CscSession OrganisationMemberInvite TeamEmailVerification TemplateDirectLink EmailDomain OrganisationAuthenticationPortal",
  },
];
