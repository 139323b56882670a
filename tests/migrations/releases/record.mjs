// Records a release for tests/migrations/releases.test.ts: its data as a backup, and its answers. Run it in a built
// checkout of the release: node tests/migrations/releases/record.mjs 0.2.0 [folder]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [version, folder = 'tests/migrations/releases'] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) throw new Error('Name the version, such as 0.2.0');

const data = mkdtempSync(join(tmpdir(), 'crm-release-'));
const env = { ...process.env, DATA_FOLDER: data, PORT: '0', LOG_LEVEL: 'silent' };
const run = (script, ...args) =>
  spawn('node_modules/.bin/node', [`dist/src/${script}.js`, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
const ended = (child) =>
  new Promise((resolve, reject) => {
    child.stdout.resume();
    child.on('close', (code) => (code ? reject(new Error(`${child.spawnargs.join(' ')}: ${code}`)) : resolve()));
  });

const server = run('main');
const url = await new Promise((resolve, reject) => {
  let output = '';
  server.on('close', () => reject(new Error(output)));
  server.stdout.on('data', (chunk) => {
    output += chunk;
    const found = /http:\/\/localhost:\d+\/graphql/.exec(output);
    if (found) resolve(found[0]);
  });
});

async function ask(query, { token, variables, headers } = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

const demoPassword = 'demo-password';
// Decomposed letters, as some keyboards send them.
const passwords = { 'zoe.frank': 'zoe\u0308-and-the-\u{1F600}' };
const signIn = async (username, password = passwords[username] ?? demoPassword) =>
  (
    await ask('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', {
      variables: { input: { username, password } },
    })
  ).login.accessToken;

/** Records that the demo dataset lacks. */
async function arrange() {
  const owner = { token: await signIn('olivia.grant') };
  const texts = ['a\\b\nd\\.', '\\N', '\\.', 'Zoe\u0308 🙂 👩‍🔬', 'שלום, עולם', 'one\u2028two', '{"a":null}', "'; --"];
  const rows = texts.map((description, n) => ({
    input: {
      description,
      name: n % 2 ? `Straße & Söhne ${n}` : `ΣΊΣΥΦΟΣ ${n}`,
      email: `unusual${n}@texts.example`,
      externalId: `key-${n}-é`,
      tags: ['a\\b', '{', 'Zoë', '"quoted"'],
      creditLimit: '9999999999999.99',
    },
  }));
  const create =
    'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { results { errors { message } } } }';
  const { createCustomers } = await ask(create, { ...owner, variables: { rows } });
  const refused = createCustomers.results.flatMap(({ errors }) => errors);
  if (refused.length) throw new Error(JSON.stringify(refused));
  await ask('mutation { createCustomer(input: { name: "Once", email: "once@texts.example" }) { id } }', {
    ...owner,
    headers: { 'idempotency-key': 'recorded' },
  });
  const { organizationMembers } = await ask(
    '{ organizationMembers(first: 100) { nodes { id user { username } } } }',
    owner,
  );
  const leaver = organizationMembers.nodes.find(({ user }) => user.username === 'nora.diaz');
  await ask('mutation ($id: ID!) { deactivateMembership(id: $id) { id } }', { ...owner, variables: { id: leaver.id } });
  const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id } }';
  const input = { oldPassword: demoPassword, newPassword: passwords['zoe.frank'] };
  await ask(change, { token: await signIn('zoe.frank', demoPassword), variables: { input } });
  await ended(run('commands/superuser', 'adam.reyes'));
}

const money = '{ amount currency otherCurrencies { amount currency } }';
const all = 'first: 100, orderBy: [{ field: CREATED_AT }]';
const address = 'street city state postalCode country';
/** Questions whose answers do not change with the time. */
const questions = {
  me: `{ me { id version username email fullName timezone language isActive isSuperuser passwordChangedAt
    memberships { id isActive isOwner joinedAt leftAt organization { id name slug } roles { name } }
    profiles { profileType status isPrimary } employee { code } } myRoles { name } myOrganizations { id name } }`,
  members: `{ organizationMembers(first: 100, orderBy: [{ field: JOINED_AT }]) { totalCount nodes { isActive isOwner
    leftAt invitedBy { username } user { username email fullName isSuperuser isActive } roles { name } } } }`,
  roles: `{ roles(${all}) { totalCount nodes { name slug isSystemRole permissionCount userCount
    permissions { resource action } } } }`,
  customers: `{ customers(${all}) { totalCount nodes { id version code externalId name fullName email phone website
    ${address} customerType status tags description creditLimit rating assignedTo { fullName } createdAt updatedAt
    totalValue ${money} openDealCount convertedFromLead { code } } } }`,
  found: `{ customers(search: "strasse", first: 100, orderBy: [{ field: NAME }]) { totalCount nodes { name } } }`,
  leads: `{ leads(${all}) { totalCount nodes { code name email phone status source qualificationStatus leadScore
    estimatedValue isConverted convertedCustomer { code } tags assignedTo { fullName } } } }`,
  deals: `{ deals(${all}) { totalCount nodes { code title status value currency probability expectedRevenue
    expectedCloseDate actualCloseDate priority tags customer { code } lead { code } stage { name }
    pipeline { name } stageHistory(first: 20) { nodes {
      fromStageName toStageName changedAt changedBy { username } } } } } }`,
  activities: `{ activities(${all}) { totalCount nodes { activityType title description status scheduledAt completedAt
    customer { code } lead { code } deal { code } assignedTo { fullName } createdBy { username } tags attendees
    phoneNumber callDuration emailSubject meetingLocation taskPriority taskDueDate } } }`,
  vendors: `{ vendors(${all}) { totalCount nodes { code name companyName vendorType email phone ${address} status rating
    paymentTerms creditLimit assignedTo { fullName } } } }`,
  employees: `{ employees(${all}) { totalCount nodes { code fullName email employmentType status hireDate
    terminationDate salary commissionRate manager { code } role { name } user { username isSuperuser } } } }`,
  pipelines: `{ pipelines(${all}) { nodes { code name isDefault isActive
    stages { name order probability isActive isClosedWon isClosedLost } } } }`,
  figures: `{ analytics {
    salesFunnel { stages { step count percentage } conversionRates { leadToQualified opportunityToWon leadToWon } }
    pipelineFunnel { stages { stage { name } dealCount totalValue ${money} expectedRevenue ${money} } }
    topPerformers(metric: REVENUE, limit: 20) { employee { code }
      deals { total won lost winRate } revenue { won ${money} } }
  } dealStats { total open won lost winRate totalValue ${money} expectedRevenue ${money} averageDealSize ${money}
    byStage { stage { name } count totalValue ${money} } } }`,
};
const askedBy = {
  'olivia.grant': Object.keys(questions),
  'hugo.brandt': Object.keys(questions),
  'sam.ortiz': ['me', 'customers', 'deals'],
  'rita.novak': ['me'],
  'nora.diaz': ['me'],
  'adam.reyes': ['me', 'roles'],
  'zoe.frank': ['me'],
};

try {
  await arrange();
  const answers = [];
  for (const [username, names] of Object.entries(askedBy)) {
    const token = await signIn(username);
    const password = passwords[username] ?? demoPassword;
    for (const name of names) answers.push({ username, password, name, data: await ask(questions[name], { token }) });
  }
  await ended(run('commands/backup', join(folder, `${version}.gz`)));
  // A line for each answer, so that a change of one shows which one it is.
  const lines = answers.map((answer) => JSON.stringify(answer)).join(',\n');
  const content = `{"questions":${JSON.stringify(questions)},\n"answers":[\n${lines}\n]}\n`;
  writeFileSync(join(folder, `${version}.json`), content);
} finally {
  server.removeAllListeners('close');
  const stopped = ended(server);
  server.kill('SIGTERM');
  await stopped;
  rmSync(data, { recursive: true, force: true });
}
