// The descriptions of the root types: the headers, the map of the API and one example of each.

const headers = `\
- \`Authorization: Bearer …\` carries the access token that \`login\`, \`register\` or \`refreshSession\` returns.
- \`X-Organization-Id\` names the organization to act in; by default, that of the primary profile.`;

export const aboutQueries = `\
Read operations. A document reads one consistent snapshot. Root fields are nullable: one that fails does not blank \
its siblings, and an unknown or foreign id gives null.

The headers of a query:
${headers}

Start here: \`me\`, \`organization\`, \`myPermissions\`, \`serverInfo\`, \`errorCodes\`.

Records: \`customers\`, \`leads\`, \`deals\`, \`activities\`, \`employees\`, \`vendors\` and \`pipelines\` list with \
filters, sort keys, search and pages. \`customer(id:)\` and \`customerBy(key:)\` find one, as do their siblings; \
\`node(id:)\` finds any record.

People and access: \`users\`, \`organizationMembers\`, \`userProfiles\`, \`roles\`, \`permissions\`.

Figures: \`analytics\` has the named reports (dashboard, funnel, forecast, revenue); \`dealStats\` and its siblings \
count and sum; \`dealAnalytics\` and its siblings group records by up to two fields, e.g. \`{ dealAnalytics(groupBy: \
[{ field: ACTUAL_CLOSE_DATE, granularity: MONTH }]) { groups { keys { label } count sum { value { amount currency } \
} } } }\`.

Example: \`{ customers(filter: { status: { eq: ACTIVE } }, orderBy: [{ field: NAME }], first: 10) { totalCount \
nodes { code name assignedTo { fullName } } } }\`.`;

export const aboutMutations = `\
Write operations. A document is one transaction, and each root field is undone by itself when it fails. Root fields \
are nullable: one that fails does not blank its siblings. They return what they changed; lists need a query of their \
own.

The headers of a mutation:
${headers}
- \`X-Dry-Run: true\` checks and answers everything, but stores nothing, as \`@dryRun\` does.
- \`Idempotency-Key\` makes retries safe, as \`@idempotent(key:)\` does: the document is done once, as a whole, and \
its answer is replayed for 24 hours.

One record: \`createCustomer(input:)\`, \`updateCustomer(id:, input:)\`, \`deleteCustomer(id:)\` and their siblings; \
\`moveDealStage(id:, stageId:)\`, \`markWon(id:)\`, \`markLost\`, \`reopenDeal\`, \`convertLead\`, \`qualifyLead\` and \
other verbs, which take their arguments without \`input\`.

Many records: \`createCustomers\`, \`updateCustomers\`, \`upsertCustomers\` and \`deleteCustomers\` take up to 1,000 \
rows, \`updateCustomersWhere\` and \`deleteCustomersWhere\` a filter; their siblings do the same. Each row is \
answered, e.g. \`mutation @dryRun { upsertCustomers(rows: [{ by: { externalId: "7" }, input: { name: "Kim", email: \
"kim@customers.example" } }]) { summary { created updated failed } results(status: [FAILED]) { index errors { path \
message } } } }\`.

Send \`expectedVersion\`. If the record has changed since, the mutation fails with VERSION_CONFLICT.

Example: \`mutation @dryRun { createCustomer(input: { name: "Kim", email: "kim@customers.example" }) { id code } }\`.`;
