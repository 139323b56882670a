import { firstPage, mine, person, type Row, type Screen, type Subjects } from './screen.js';

const assignee = 'left join employees a on a.organization_id = v.organization_id and a.id = v.assigned_to_id';

const row = (r: Row) => ({
  id: r.id,
  version: r.version,
  code: r.code,
  name: r.name,
  companyName: r.company_name,
  vendorType: r.vendor_type,
  status: r.status,
  contactPerson: r.contact_person,
  email: r.email,
  phone: r.phone,
});

export const vendorScreens = ({ organization, vendor }: Subjects): Screen[] => [
  {
    operation: 'Vendors',
    postgraphile: `{ vendors: allVendors(first: 25, offset: 0, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      totalCount pageInfo { hasNextPage }
      nodes { id: rowId version code name companyName vendorType status contactPerson email phone rating
        assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName } } } }`,
    bare: {
      text: `select v.id, v.version, v.code, v.name, v.company_name, v.vendor_type, v.status, v.contact_person, v.email,
        v.phone, v.rating, v.assigned_to_id, a.first_name || ' ' || a.last_name as assignee,
        (select count(*)::integer from vendors where organization_id = ${mine}) as total
        from vendors v ${assignee} where v.organization_id = ${mine} order by v.created_at desc, v.id desc limit 26`,
      shape: (rows) => ({
        vendors: firstPage(
          rows,
          (r) => ({ ...row(r), rating: r.rating, assignedTo: person(r.assigned_to_id, r.assignee) }),
          { withPrevious: false },
        ),
      }),
    },
  },
  {
    operation: 'VendorDetail',
    variables: { id: vendor },
    postgraphile: `{ vendor: vendorByOrganizationIdAndRowId(organizationId: "${organization}", rowId: "${vendor}") {
      id: rowId version code name companyName vendorType status contactPerson email phone street city state country
      postalCode website industry taxId rating paymentTerms creditLimit description
      assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName } createdAt updatedAt } }`,
    bare: {
      text: `select v.*, a.first_name || ' ' || a.last_name as assignee
        from vendors v ${assignee} where v.organization_id = ${mine} and v.id = $1`,
      values: [vendor],
      shape: ([r]) => ({
        vendor: {
          ...row(r),
          street: r.street,
          city: r.city,
          state: r.state,
          country: r.country,
          postalCode: r.postal_code,
          website: r.website,
          industry: r.industry,
          taxId: r.tax_id,
          rating: r.rating,
          paymentTerms: r.payment_terms,
          creditLimit: r.credit_limit,
          description: r.description,
          assignedTo: person(r.assigned_to_id, r.assignee),
          createdAt: r.created_at,
          updatedAt: r.updated_at,
        },
      }),
    },
  },
];
