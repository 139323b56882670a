import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { newApiKey } from '../support/api-keys.js';
import { refusal } from '../support/server.js';
import { newPerson, newTenant, type Person } from '../support/tenant.js';

// One row per operation, its call with ids that nobody has, and who may: (O)wner, (A)dmin, sales (M)anager,
// sales (R)ep, mar(K)eting rep, (V)iewer, (N)obody in particular, a member without any role.
describe('the permission of each field', () => {
  type Operation = [operation: string, document: string, who: string, otherwise: string];
  const callers = {
    O: 'owner',
    A: 'Admin',
    M: 'Sales Manager',
    R: 'Sales Rep',
    K: 'Marketing Rep',
    V: 'Viewer',
    N: 'nobody',
  };
  const everyone = 'OAMRKVN';
  const id = v7();

  const q = (field: string) => `{ ${field} }`;
  const m = (field: string) => `mutation { ${field} }`;
  const one = (name: string) => q(`${name}(id: "${id}") { id }`);
  const by = (name: string) => q(`${name}By(key: { id: "${id}" }) { id }`);
  const list = (name: string) => q(`${name} { totalCount }`);
  const verb = (name: string, operands = '', fields = 'id') => m(`${name}(id: "${id}"${operands}) { ${fields} }`);
  const make = (name: string, input: string) => m(`${name}(input: { ${input} }) { id }`);
  const [read, write, grant] = ['role:read', 'role:update', `roleId: "${id}", permissionId: "${id}"`];
  const signIn = `email: "x", username: "x", password: "x"`;

  const rows = (name: string, row: string) => m(`${name}(rows: [{ ${row} }], mode: PER_ROW) { mode }`);
  /** The four bulk mutations of a record: who creates, who changes, who deletes. */
  const bulk = (plural: string, resource: string, input: string, [c, u, d]: [string, string, string]): Operation[] => [
    [`create${plural}`, rows(`create${plural}`, `input: { ${input} }`), c, `${resource}:create`],
    [`update${plural}`, rows(`update${plural}`, `id: "${id}", input: {}`), u, `${resource}:update`],
    [`upsert${plural}`, rows(`upsert${plural}`, `by: { id: "${id}" }, input: {}`), c, `${resource}:create`],
    [`delete${plural}`, rows(`delete${plural}`, `id: "${id}"`), d, `${resource}:delete`],
    [
      `update${plural}Where`,
      m(`update${plural}Where(filter: { id: { eq: "${id}" } }, input: {}, expectedCount: 0) { mode }`),
      u,
      `${resource}:update`,
    ],
    [
      `delete${plural}Where`,
      m(`delete${plural}Where(filter: { id: { eq: "${id}" } }, expectedCount: 0) { mode }`),
      d,
      `${resource}:delete`,
    ],
  ];
  const bulkVerb = (name: string, resource: string, who: string, operands = ''): Operation => [
    name,
    rows(name, `id: "${id}"${operands}`),
    who,
    `${resource}:update`,
  ];

  /** The mutations that make an employee responsible: for one record, for many, and for all that match a filter. */
  const assigning = (kind: string, plural: string, resource: string, who: string): Operation[] => [
    [`assign${kind}`, verb(`assign${kind}`, ', employeeId: null'), who, `${resource}:update`],
    bulkVerb(`assign${plural}`, resource, who),
    [
      `assign${plural}Where`,
      m(`assign${plural}Where(filter: { id: { eq: "${id}" } }, employeeId: null, expectedCount: 0) { mode }`),
      who,
      `${resource}:update`,
    ],
  ];

  /** A mutation that writes to the timeline of a record. */
  const writing = (kind: string, name: string, who: string): Operation[] => {
    const on = kind.toLowerCase();
    const input = name.endsWith('Note') ? 'text: "Hi"' : 'title: "Hi"';
    return [[name, m(`${name}(${on}Id: "${id}", input: { ${input} }) { id }`), who, `${on}:update`]];
  };

  const matrix: Operation[] = [
    ['register', m(`register(input: { ${signIn} }) { accessToken }`), '', 'VALIDATION_FAILED'],
    ['login', m('login(input: { username: "NOBODY", password: "no" }) { accessToken }'), '', 'INVALID_CREDENTIALS'],
    [
      'beginLogin',
      m('beginLogin(input: { username: "NOBODY", password: "no" }) { __typename }'),
      '',
      'INVALID_CREDENTIALS',
    ],
    [
      'completeLogin',
      m('completeLogin(input: { ticket: "no", code: "123456" }) { accessToken }'),
      '',
      'TICKET_INVALID',
    ],
    ['refreshSession', m('refreshSession(refreshToken: "no") { accessToken }'), '', 'REFRESH_TOKEN_INVALID'],
    [
      'changePassword',
      m('changePassword(input: { oldPassword: "wrong", newPassword: "long-enough-1" }) { id }'),
      '',
      'VALIDATION_FAILED',
    ],
    [
      'requestPasswordReset',
      m('requestPasswordReset(input: { email: "nobody@x.example" }) { accepted }'),
      '',
      'MAIL_NOT_CONFIGURED',
    ],
    [
      'resetPassword',
      m('resetPassword(input: { token: "no", newPassword: "long-enough-1" }) { revokedSessions }'),
      '',
      'TOKEN_NOT_USABLE',
    ],
    ['verifyEmail', m('verifyEmail(token: "no") { email }'), '', 'TOKEN_NOT_USABLE'],
    ['resendVerification', m('resendVerification { accepted }'), '', 'MAIL_NOT_CONFIGURED'],
    [
      'requestEmailChange',
      m('requestEmailChange(input: { newEmail: "other@x.example", password: "no" }) { accepted }'),
      '',
      'MAIL_NOT_CONFIGURED',
    ],
    ['confirmEmailChange', m('confirmEmailChange(token: "no") { email }'), '', 'TOKEN_NOT_USABLE'],
    ['mySessions', '{ mySessions { id } }', everyone, ''],
    ['invitation', q('invitation(token: "no") { id }'), '', 'TOKEN_NOT_USABLE'],
    ['myInvitations', q('myInvitations { id }'), everyone, ''],
    ['invitations', list('invitations'), 'O', 'OWNER_ONLY'],
    ['inviteMember', make('inviteMember', `email: "a@b.example", roleIds: ["${id}"]`), 'O', 'OWNER_ONLY'],
    ['inviteMembers', rows('inviteMembers', 'input: { email: "a@b.example" }'), 'O', 'OWNER_ONLY'],
    ['resendInvitation', verb('resendInvitation'), 'O', 'OWNER_ONLY'],
    ['revokeInvitation', verb('revokeInvitation'), 'O', 'OWNER_ONLY'],
    ['acceptInvitation', verb('acceptInvitation'), everyone, ''],
    ['declineInvitation', verb('declineInvitation'), everyone, ''],
    ['revokeSession', m(`revokeSession(id: "${id}") { revokedSessions }`), everyone, ''],
    ['beginSecondFactor', m('beginSecondFactor { secret }'), everyone, ''],
    [
      'confirmSecondFactor',
      m('confirmSecondFactor(input: { code: "wrong" }) { recoveryCodes }'),
      '',
      'VALIDATION_FAILED',
    ],
    ['removeSecondFactor', m('removeSecondFactor(input: { password: "x", code: "x" }) { id }'), '', 'NO_SECOND_FACTOR'],
    ['errorCodes', '{ errorCodes { code } }', everyone, ''],
    ['serverInfo', '{ serverInfo { version } }', everyone, ''],
    ['me', '{ me { id } }', everyone, ''],
    ['myOrganizations', '{ myOrganizations { id } }', everyone, ''],
    ['myProfiles', '{ myProfiles { id } }', everyone, ''],
    ['organizations', '{ organizations { totalCount } }', everyone, ''],
    ['organization', '{ organization { id } }', everyone, ''],
    ['organizationMembers', '{ organizationMembers { totalCount } }', everyone, ''],
    ['users', '{ users { totalCount } }', everyone, ''],
    ['user', `{ user(id: "${id}") { id } }`, everyone, ''],
    ['node', `{ node(id: "${id}") { id } }`, everyone, ''],
    ['nodes', `{ nodes(ids: ["${id}"]) { id } }`, everyone, ''],
    ['userProfiles', '{ userProfiles { totalCount } }', 'OAMRKV', 'organization:read'],
    ['customerBy', by('customer'), 'OAMRKV', 'customer:read'],
    ['leadBy', by('lead'), 'OAMRKV', 'lead:read'],
    ['dealBy', by('deal'), 'OAMRKV', 'deal:read'],
    ['activityBy', by('activity'), 'OAMRKV', 'activity:read'],
    ['employeeBy', by('employee'), 'OAMRKV', 'employee:read'],
    ['vendorBy', by('vendor'), 'OAMRV', 'vendor:read'],
    ['pipelineBy', by('pipeline'), 'OAMRKV', 'pipeline:read'],
    ['roleBy', by('role'), 'OAMV', 'role:read'],
    ['userBy', by('user'), everyone, ''],
    ['employees', '{ employees { totalCount } }', 'OAMRKV', 'employee:read'],
    ['employee', `{ employee(id: "${id}") { id } }`, 'OAMRKV', 'employee:read'],
    ['customers', '{ customers { totalCount } }', 'OAMRKV', 'customer:read'],
    ['customer', `{ customer(id: "${id}") { id } }`, 'OAMRKV', 'customer:read'],
    ['createOrganization', 'mutation { createOrganization(input: { name: "Another" }) { id } }', everyone, ''],
    [
      'updateOrganization',
      `mutation { updateOrganization(id: "${id}", input: {}) { id } }`,
      'OA',
      'organization:update',
    ],
    ['deleteOrganization', `mutation { deleteOrganization(id: "${id}") { id } }`, 'O', 'OWNER_ONLY'],
    [
      'addOrganizationMember',
      `mutation { addOrganizationMember(input: { userId: "${id}" }) { id } }`,
      'O',
      'OWNER_ONLY',
    ],
    [
      'updateMembership',
      `mutation { updateMembership(id: "${id}", input: { isOwner: true }) { id } }`,
      'O',
      'OWNER_ONLY',
    ],
    ['updateMyAccount', 'mutation { updateMyAccount(input: { title: "Lady" }) { id } }', everyone, ''],
    ['updateProfile', 'mutation { updateProfile(input: { title: "Lady" }) { id } }', everyone, ''],
    ['updateUser', `mutation { updateUser(id: "${id}", input: { title: "Lady" }) { id } }`, '', 'SELF_ONLY'],
    [
      'createCustomer',
      'mutation { createCustomer(input: { email: "a@b.example", name: "A B" }) { id } }',
      'OAMR',
      'customer:create',
    ],
    ['updateCustomer', `mutation { updateCustomer(id: "${id}", input: {}) { id } }`, 'OAMR', 'customer:update'],
    ['activateCustomer', `mutation { activateCustomer(id: "${id}") { id } }`, 'OAMR', 'customer:update'],
    ['deactivateCustomer', `mutation { deactivateCustomer(id: "${id}") { id } }`, 'OAMR', 'customer:update'],
    ['deleteCustomer', `mutation { deleteCustomer(id: "${id}") { id } }`, 'OAM', 'customer:delete'],
    ['customerStats', q('customerStats { total }'), 'OAMRKV', 'customer:read'],
    ['leadStats', q('leadStats { total }'), 'OAMRKV', 'lead:read'],
    ['dealStats', q('dealStats { total }'), 'OAMRKV', 'deal:read'],
    ['activityStats', q('activityStats { total }'), 'OAMRKV', 'activity:read'],
    ['vendorStats', q('vendorStats { total }'), 'OAMRV', 'vendor:read'],
    ['dealAnalytics', q('dealAnalytics { total { count } }'), 'OAMRKV', 'deal:read'],
    ['leadAnalytics', q('leadAnalytics { total { count } }'), 'OAMRKV', 'lead:read'],
    ['customerAnalytics', q('customerAnalytics { total { count } }'), 'OAMRKV', 'customer:read'],
    ['activityAnalytics', q('activityAnalytics { total { count } }'), 'OAMRKV', 'activity:read'],
    ['employeeAnalytics', q('employeeAnalytics { total { count } }'), 'OAMRKV', 'employee:read'],
    ['vendorAnalytics', q('vendorAnalytics { total { count } }'), 'OAMRV', 'vendor:read'],
    ['employeeStats', q('employeeStats { total }'), 'OAMRKV', 'employee:read'],
    ['analytics', q('analytics { dashboard { deals { total } } }'), 'OAMV', 'analytics:read'],
    ['myRoles', q('myRoles { id }'), everyone, ''],
    ['myPermissions', q('myPermissions { resource }'), everyone, ''],
    ['roles', list('roles'), 'OAMV', read],
    ['role', one('role'), 'OAMV', read],
    ['permissions', list('permissions'), 'OAMV', read],
    ['permission', one('permission'), 'OAMV', read],
    ['permissionsByResource', q('permissionsByResource { resource }'), 'OAMV', read],
    ['createRole', make('createRole', 'name: "Another"'), 'OA', 'role:create'],
    ['updateRole', verb('updateRole', ', input: {}'), 'OA', write],
    ['deleteRole', verb('deleteRole'), 'OA', 'role:delete'],
    ['addPermissionToRole', m(`addPermissionToRole(${grant}) { id }`), 'OA', write],
    ['removePermissionFromRole', m(`removePermissionFromRole(${grant}) { id }`), 'OA', write],
    ['assignPermission', m(`assignPermission(${grant}) { id }`), 'OA', write],
    ['removePermission', m(`removePermission(${grant}) { id }`), 'OA', write],
    ['setRolePermissions', m(`setRolePermissions(roleId: "${id}", permissionIds: []) { id }`), 'OA', write],
    ['assignRole', m(`assignRole(userId: "${id}", roleId: "${id}") { id }`), 'OA', write],
    ['removeRole', m(`removeRole(userId: "${id}", roleId: "${id}") { id }`), 'OA', write],
    ['createPermission', make('createPermission', 'resource: "rocket", action: "fly"'), 'OA', 'role:create'],
    ['updatePermission', verb('updatePermission', ', input: {}'), 'OA', write],
    ['deletePermission', verb('deletePermission'), 'OA', 'role:delete'],
    ['deactivateMembership', verb('deactivateMembership'), everyone, ''],
    [
      'createUserProfile',
      make('createUserProfile', `userId: "${id}", profileType: CUSTOMER`),
      'OA',
      'organization:update',
    ],
    ['switchProfile', verb('switchProfile'), everyone, ''],
    ['activateProfile', verb('activateProfile'), 'OA', 'organization:update'],
    ['deactivateProfile', verb('deactivateProfile'), 'OA', 'organization:update'],
    ['suspendProfile', verb('suspendProfile'), 'OA', 'organization:update'],
    ['departments', q('departments { name }'), 'OAMRKV', 'employee:read'],
    [
      'createEmployee',
      make('createEmployee', 'firstName: "A", lastName: "B", email: "a@b.example"'),
      'OA',
      'employee:create',
    ],
    ['updateEmployee', verb('updateEmployee', ', input: {}'), 'OA', 'employee:update'],
    ['deleteEmployee', verb('deleteEmployee'), 'OA', 'employee:delete'],
    ['terminateEmployee', verb('terminateEmployee'), 'OA', 'employee:delete'],
    ['vendors', list('vendors'), 'OAMRV', 'vendor:read'],
    ['vendor', one('vendor'), 'OAMRV', 'vendor:read'],
    ['vendorTypes', q('vendorTypes { count }'), 'OAMRV', 'vendor:read'],
    ['createVendor', make('createVendor', 'name: "Acme", email: "a@b.example"'), 'OA', 'vendor:create'],
    ['updateVendor', verb('updateVendor', ', input: {}'), 'OA', 'vendor:update'],
    ['activateVendor', verb('activateVendor'), 'OA', 'vendor:update'],
    ['deactivateVendor', verb('deactivateVendor'), 'OA', 'vendor:update'],
    ['deleteVendor', verb('deleteVendor'), 'OA', 'vendor:delete'],
    ['activities', list('activities'), 'OAMRKV', 'activity:read'],
    ['activity', one('activity'), 'OAMRKV', 'activity:read'],
    ['upcomingActivities', q('upcomingActivities { id }'), 'OAMRKV', 'activity:read'],
    ['overdueActivities', q('overdueActivities { id }'), 'OAMRKV', 'activity:read'],
    ['createActivity', make('createActivity', 'activityType: CALL, title: "Ring"'), 'OAMRK', 'activity:create'],
    ['updateActivity', verb('updateActivity', ', input: {}'), 'OAMRK', 'activity:update'],
    ['completeActivity', verb('completeActivity'), 'OAMRK', 'activity:update'],
    ['cancelActivity', verb('cancelActivity'), 'OAMRK', 'activity:update'],
    ['deleteActivity', verb('deleteActivity'), 'OAM', 'activity:delete'],
    ['leads', list('leads'), 'OAMRKV', 'lead:read'],
    ['lead', one('lead'), 'OAMRKV', 'lead:read'],
    ['createLead', make('createLead', 'name: "L", email: "l@b.example"'), 'OAMRK', 'lead:create'],
    ['updateLead', verb('updateLead', ', input: {}'), 'OAMRK', 'lead:update'],
    ['qualifyLead', verb('qualifyLead'), 'OAMRK', 'lead:update'],
    ['disqualifyLead', verb('disqualifyLead'), 'OAMRK', 'lead:update'],
    ['updateLeadScore', verb('updateLeadScore', ', score: 1'), 'OAMRK', 'lead:update'],
    ...writing('Lead', 'addLeadActivity', 'OAMRK'),
    ...writing('Lead', 'addLeadNote', 'OAMRK'),
    ...writing('Deal', 'addDealActivity', 'OAMRK'),
    ...writing('Deal', 'addDealNote', 'OAMRK'),
    ...writing('Vendor', 'addVendorActivity', 'OAMRK'),
    ...writing('Vendor', 'addVendorNote', 'OAMRK'),
    ...writing('Customer', 'addCustomerActivity', 'OAMRK'),
    ...writing('Customer', 'addCustomerNote', 'OAMRK'),
    ['deleteLead', verb('deleteLead'), 'OAM', 'lead:delete'],
    // Marketing may change leads, but creates no customers.
    ['convertLead', verb('convertLead', '', 'lead { id }'), 'OAMR', 'lead:update, K customer:create'],
    ['deals', list('deals'), 'OAMRKV', 'deal:read'],
    ['deal', one('deal'), 'OAMRKV', 'deal:read'],
    ['createDeal', make('createDeal', `title: "Deal", customerId: "${id}"`), 'OAMR', 'deal:create'],
    ['updateDeal', verb('updateDeal', ', input: {}'), 'OAMR', 'deal:update'],
    ['moveDealStage', verb('moveDealStage', `, stageId: "${id}"`), 'OAMR', 'deal:update'],
    ['markWon', verb('markWon'), 'OAMR', 'deal:update'],
    ['markLost', verb('markLost', ', lostReason: "No"'), 'OAMR', 'deal:update'],
    ['reopenDeal', verb('reopenDeal'), 'OAMR', 'deal:update'],
    ['deleteDeal', verb('deleteDeal'), 'OAM', 'deal:delete'],
    ['pipelines', list('pipelines'), 'OAMRKV', 'pipeline:read'],
    ['pipeline', one('pipeline'), 'OAMRKV', 'pipeline:read'],
    ['pipelineStages', list('pipelineStages'), 'OAMRKV', 'pipeline:read'],
    ['pipelineStage', one('pipelineStage'), 'OAMRKV', 'pipeline:read'],
    ['createPipeline', make('createPipeline', 'name: "Another"'), 'OAM', 'pipeline:create'],
    ['updatePipeline', verb('updatePipeline', ', input: {}'), 'OAM', 'pipeline:update'],
    ['setDefaultPipeline', verb('setDefaultPipeline'), 'OAM', 'pipeline:update'],
    ['createPipelineStage', make('createPipelineStage', `pipelineId: "${id}", name: "S"`), 'OAM', 'pipeline:update'],
    ['updatePipelineStage', verb('updatePipelineStage', ', input: {}'), 'OAM', 'pipeline:update'],
    ['reorderPipelineStage', verb('reorderPipelineStage', ', order: 1'), 'OAM', 'pipeline:update'],
    [
      'reorderPipelineStages',
      m(`reorderPipelineStages(pipelineId: "${id}", stageIds: ["${id}"]) { id }`),
      'OAM',
      'pipeline:update',
    ],
    ['deletePipelineStage', verb('deletePipelineStage'), 'OA', 'pipeline:delete'],
    ['deletePipeline', verb('deletePipeline'), 'OA', 'pipeline:delete'],
    ...bulk('Customers', 'customer', 'email: "a@b.example"', ['OAMR', 'OAMR', 'OAM']),
    ...assigning('Customer', 'Customers', 'customer', 'OAMR'),
    bulkVerb('activateCustomers', 'customer', 'OAMR'),
    bulkVerb('deactivateCustomers', 'customer', 'OAMR'),
    ...bulk('Leads', 'lead', 'name: "L", email: "l@b.example"', ['OAMRK', 'OAMRK', 'OAM']),
    ...assigning('Lead', 'Leads', 'lead', 'OAMRK'),
    bulkVerb('qualifyLeads', 'lead', 'OAMRK'),
    bulkVerb('disqualifyLeads', 'lead', 'OAMRK'),
    bulkVerb('scoreLeads', 'lead', 'OAMRK', ', score: 1'),
    ['convertLeads', rows('convertLeads', `id: "${id}"`), 'OAMR', 'lead:update, K customer:create'],
    ...bulk('Deals', 'deal', `title: "Deal", customerId: "${id}"`, ['OAMR', 'OAMR', 'OAM']),
    ...assigning('Deal', 'Deals', 'deal', 'OAMR'),
    bulkVerb('moveDealsToStage', 'deal', 'OAMR', `, stageId: "${id}"`),
    bulkVerb('markDealsWon', 'deal', 'OAMR'),
    bulkVerb('markDealsLost', 'deal', 'OAMR', ', lostReason: "No"'),
    bulkVerb('reopenDeals', 'deal', 'OAMR'),
    ...bulk('Activities', 'activity', 'activityType: CALL, title: "Ring"', ['OAMRK', 'OAMRK', 'OAM']),
    ...assigning('Activity', 'Activities', 'activity', 'OAMRK'),
    bulkVerb('completeActivities', 'activity', 'OAMRK'),
    bulkVerb('cancelActivities', 'activity', 'OAMRK'),
    ...bulk('Employees', 'employee', 'firstName: "A", lastName: "B", email: "a@b.example"', ['OA', 'OA', 'OA']),
    ['terminateEmployees', rows('terminateEmployees', `id: "${id}"`), 'OA', 'employee:delete'],
    ...bulk('Vendors', 'vendor', 'name: "Acme", email: "a@b.example"', ['OA', 'OA', 'OA']),
    ...assigning('Vendor', 'Vendors', 'vendor', 'OA'),
    bulkVerb('activateVendors', 'vendor', 'OA'),
    bulkVerb('deactivateVendors', 'vendor', 'OA'),
    ['addOrganizationMembers', rows('addOrganizationMembers', `input: { userId: "${id}" }`), 'O', 'OWNER_ONLY'],
    ['assignRoles', rows('assignRoles', `userId: "${id}", roleId: "${id}"`), 'OA', write],
    ['apiKeys', list('apiKeys'), 'OA', 'organization:update'],
    [
      'createApiKey',
      m(`createApiKey(input: { name: "Import", permissionIds: ["${id}"] }) { secret }`),
      'OA',
      'organization:update',
    ],
    ['rotateApiKey', verb('rotateApiKey', '', 'secret'), 'OA', 'organization:update'],
    ['adoptApiKey', verb('adoptApiKey', '', 'secret'), 'O', 'OWNER_ONLY'],
    ['revokeApiKey', verb('revokeApiKey'), 'OA', 'organization:update'],
    // The last one, since it ends the session.
    ['logout', m('logout { revokedSessions }'), everyone, ''],
  ];

  /** The permissions that one caller lacks: `lead:update, K customer:create` names an exception. */
  const refusedWith = (otherwise: string, letter: string) => {
    const [usual, exception] = otherwise.split(`, ${letter} `);
    return exception ?? usual!.split(', ')[0];
  };

  const answer = async (person: Pick<Person, 'request'>, document: string) => {
    try {
      // Failures of one name are counted.
      await person.request(document.replace('NOBODY', v7()));
      return 'allowed';
    } catch (error) {
      const { code, reason, permission } = await refusal(Promise.reject(error));
      return code === 'NOT_FOUND' ? 'allowed' : (permission ?? reason ?? code);
    }
  };

  test.each(Object.entries(callers))('%s: %s', async (letter, role) => {
    const tenant = await newTenant();
    const person = role === 'owner' ? tenant.owner : await tenant.member(...(role === 'nobody' ? [] : [role]));
    const answers: Record<string, unknown> = {};
    for (const [operation, document] of matrix) answers[operation] = await answer(person, document);
    expect(answers).toEqual(
      Object.fromEntries(
        matrix.map(([operation, , who, otherwise]) => [
          operation,
          who.includes(letter) ? 'allowed' : refusedWith(otherwise, letter),
        ]),
      ),
    );
  });

  test('an API key with every permission may do what needs one, and nothing about accounts or access', async () => {
    const tenant = await newTenant();
    const key = await newApiKey(tenant.owner, tenant.id);
    const answers: Record<string, unknown> = {};
    for (const [operation, document] of matrix) answers[operation] = await answer(key, document);
    const isForPeople = ([operation, document, , otherwise]: Operation) =>
      /ApiKeys?$|apiKeys|^invitations$/.test(operation) ||
      (document.startsWith('mutation') && (!/^(?!role).*:/.test(otherwise) || /Profile$/.test(operation)));
    expect(answers).toEqual(
      Object.fromEntries(
        matrix.map((row) => [row[0], isForPeople(row) ? 'NOT_FOR_API_KEYS' : row[2] ? 'allowed' : row[3]]),
      ),
    );
  });

  test('every operation there is has its row', async () => {
    const { __schema: schema } = await (await newPerson()).request<{
      __schema: Record<'queryType' | 'mutationType', { fields: { name: string }[] }>;
    }>(gql`{ __schema {
      queryType { fields(includeDeprecated: true) { name } }
      mutationType { fields(includeDeprecated: true) { name } }
    } }`);
    const operations = [...schema.queryType.fields, ...schema.mutationType.fields].map(({ name }) => name);
    expect(matrix.map(([operation]) => operation).sort()).toEqual(operations.sort());
  });

  test('somebody signed out may do nothing but what is public', async () => {
    const stranger = await newPerson();
    await stranger.request(gql`mutation { logout { revokedSessions } }`);
    const open: Record<string, string> = {
      errorCodes: 'allowed',
      register: 'VALIDATION_FAILED',
      login: 'INVALID_CREDENTIALS',
      beginLogin: 'INVALID_CREDENTIALS',
      completeLogin: 'TICKET_INVALID',
      refreshSession: 'REFRESH_TOKEN_INVALID',
      requestPasswordReset: 'MAIL_NOT_CONFIGURED',
      resetPassword: 'TOKEN_NOT_USABLE',
      verifyEmail: 'TOKEN_NOT_USABLE',
      confirmEmailChange: 'TOKEN_NOT_USABLE',
      invitation: 'TOKEN_NOT_USABLE',
    };
    const answers: Record<string, unknown> = {};
    for (const [operation, document] of matrix) answers[operation] = await answer(stranger, document);
    expect(answers).toEqual(
      Object.fromEntries(matrix.map(([operation]) => [operation, open[operation] ?? 'SESSION_ENDED'])),
    );
  });
});
