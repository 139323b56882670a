// The descriptions of the root types: the headers, the map of the API and one example of each.

const headers = `\
- \`Authorization: Bearer …\`: the access token that \`login\`, \`register\` or \`refreshSession\` returns.
- \`X-Organization-Id\`: id of the organization to act in. Default: the organization of the primary profile.`;

export const aboutQueries = `\
Read operations. A document reads one consistent snapshot. Root fields are nullable: one that fails does not blank \
its siblings, and an unknown or foreign id gives null.

Headers:
${headers}

Start here: \`me\`, \`organization\`, \`myPermissions\`, \`serverInfo\`, \`errorCodes\`.

Records: \`customers\`, \`leads\`, \`deals\`, \`activities\`, \`employees\`, \`vendors\`, \`pipelines\` list with \
filters, sort keys, search and pages. \`customer(id:)\` and \`customerBy(key:)\` find one, as do their siblings; \
\`node(id:)\` finds any record.

People and access: \`users\`, \`organizationMembers\`, \`userProfiles\`, \`roles\`, \`permissions\`.

Figures: \`analytics\` has the named reports (dashboard, funnel, forecast, revenue), \`dealStats\` and its siblings \
count and sum, \`dealAnalytics\` and its siblings group records by any field.

Example:
\`\`\`graphql
{
  customers(filter: { status: { eq: ACTIVE } }, orderBy: [{ field: NAME }], first: 10) {
    totalCount
    nodes { code name assignedTo { fullName } }
  }
}
\`\`\``;

export const aboutMutations = `\
Write operations. A document is one transaction, and each root field is undone by itself when it fails. Root fields \
are nullable: one that fails does not blank its siblings.

Headers:
${headers}
- \`X-Dry-Run: true\`: checks and answers everything, but stores nothing; the same as \`@dryRun\`.
- \`Idempotency-Key\`: makes retries safe: the document is done once, as a whole, and its answer is replayed for 24 \
hours; the same as \`@idempotent(key:)\`.

One record: \`createCustomer\`, \`updateCustomer\`, \`deleteCustomer\` and their siblings; \`moveDealStage\`, \
\`markWon\`, \`markLost\`, \`reopenDeal\`, \`convertLead\`, \`qualifyLead\` and other verbs.

Many records: \`createCustomers\`, \`updateCustomers\`, \`upsertCustomers\`, \`deleteCustomers\` take up to 1,000 \
rows, and \`updateCustomersWhere\` and \`deleteCustomersWhere\` a filter.

Send \`expectedVersion\` so that nobody overwrites the change of somebody else: VERSION_CONFLICT.

Example:
\`\`\`graphql
mutation @dryRun {
  createCustomer(input: { name: "Kim Example", email: "kim@example.com" }) { id code }
}
\`\`\``;
