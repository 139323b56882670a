// `npm run schema` writes this file from the declared inputs.

export interface AddActivityInput {
  externalId?: string | null;
  title?: string;
  description?: string | null;
  status?: 'SCHEDULED' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED';
  scheduledAt?: string | null;
  completedAt?: string | null;
  durationMinutes?: number | null;
  assignedToId?: string | null;
  isPinned?: boolean;
  tags?: string[];
  phoneNumber?: string | null;
  callDuration?: number | null;
  emailSubject?: string | null;
  emailBody?: string | null;
  meetingLocation?: string | null;
  meetingUrl?: string | null;
  attendees?: string[];
  taskPriority?: 'LOW' | 'MEDIUM' | 'HIGH' | null;
  taskDueDate?: string | null;
  activityType?: 'CALL' | 'EMAIL' | 'TELEGRAM' | 'MEETING' | 'NOTE' | 'TASK';
}

export interface AddLeadActivityInput {
  externalId?: string | null;
  title?: string;
  description?: string | null;
  status?: 'SCHEDULED' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED';
  scheduledAt?: string | null;
  completedAt?: string | null;
  durationMinutes?: number | null;
  assignedToId?: string | null;
  isPinned?: boolean;
  tags?: string[];
  phoneNumber?: string | null;
  callDuration?: number | null;
  emailSubject?: string | null;
  emailBody?: string | null;
  meetingLocation?: string | null;
  meetingUrl?: string | null;
  attendees?: string[];
  taskPriority?: 'LOW' | 'MEDIUM' | 'HIGH' | null;
  taskDueDate?: string | null;
  activityType?: 'CALL' | 'EMAIL' | 'TELEGRAM' | 'MEETING' | 'NOTE' | 'TASK';
}

export interface CreateActivityInput {
  externalId?: string | null;
  activityType: 'CALL' | 'EMAIL' | 'TELEGRAM' | 'MEETING' | 'NOTE' | 'TASK';
  title?: string;
  description?: string | null;
  customerId?: string | null;
  leadId?: string | null;
  dealId?: string | null;
  vendorId?: string | null;
  status?: 'SCHEDULED' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED';
  scheduledAt?: string | null;
  completedAt?: string | null;
  durationMinutes?: number | null;
  assignedToId?: string | null;
  isPinned?: boolean;
  tags?: string[];
  phoneNumber?: string | null;
  callDuration?: number | null;
  emailSubject?: string | null;
  emailBody?: string | null;
  meetingLocation?: string | null;
  meetingUrl?: string | null;
  attendees?: string[];
  taskPriority?: 'LOW' | 'MEDIUM' | 'HIGH' | null;
  taskDueDate?: string | null;
  createdAt?: string;
}

export interface CreateApiKeyInput {
  name: string;
  expiresAt?: string | null;
  permissionIds: string[];
}

export interface CreateCustomerInput {
  externalId?: string | null;
  name?: string;
  firstName?: string | null;
  lastName?: string | null;
  customerType?: 'INDIVIDUAL' | 'BUSINESS';
  companyName?: string | null;
  contactPerson?: string | null;
  email: string;
  phone?: string | null;
  website?: string | null;
  industry?: string | null;
  taxId?: string | null;
  rating?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  status?: 'ACTIVE' | 'INACTIVE' | 'PROSPECT' | 'VIP';
  assignedToId?: string | null;
  creditLimit?: string | null;
  paymentTerms?: string | null;
  source?: string | null;
  tags?: string[];
  description?: string | null;
  userId?: string | null;
  createdAt?: string;
}

export interface CreateDealInput {
  externalId?: string | null;
  title: string;
  description?: string | null;
  customerId?: string | null;
  leadId?: string | null;
  pipelineId?: string | null;
  stageId?: string | null;
  assignedToId?: string | null;
  value?: string | null;
  currency?: string;
  probability?: string;
  expectedCloseDate?: string | null;
  actualCloseDate?: string | null;
  priority?: 'LOW' | 'MEDIUM' | 'HIGH' | 'URGENT';
  lostReason?: string | null;
  source?: string | null;
  tags?: string[];
  createdAt?: string;
}

export interface CreateEmployeeInput {
  externalId?: string | null;
  userId?: string | null;
  firstName: string;
  lastName: string;
  email: string;
  phone?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  profileImage?: string | null;
  jobTitle?: string | null;
  department?: string | null;
  employmentType?: 'FULL_TIME' | 'PART_TIME' | 'CONTRACT' | 'INTERN';
  hireDate?: string | null;
  emergencyContact?: string | null;
  managerId?: string | null;
  roleId?: string | null;
  salary?: string | null;
  commissionRate?: string | null;
  tags?: string[];
  status?: 'ACTIVE' | 'INACTIVE' | 'ON_LEAVE' | 'TERMINATED';
}

export interface CreateLeadInput {
  externalId?: string | null;
  name: string;
  companyName?: string | null;
  jobTitle?: string | null;
  email: string;
  phone?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  status?: 'ACTIVE' | 'INACTIVE';
  source?: 'WEBSITE' | 'REFERRAL' | 'SOCIAL_MEDIA' | 'EMAIL_CAMPAIGN' | 'COLD_CALL' | 'EVENT' | 'PARTNER' | 'OTHER';
  qualificationStatus?: 'NEW' | 'CONTACTED' | 'QUALIFIED' | 'UNQUALIFIED' | 'CONVERTED' | 'LOST';
  leadScore?: number;
  estimatedValue?: string | null;
  assignedToId?: string | null;
  tags?: string[];
  description?: string | null;
  campaign?: string | null;
  referrer?: string | null;
  createdAt?: string;
}

export interface CreateOrganizationInput {
  name: string;
  description?: string | null;
  industry?: string | null;
  website?: string | null;
  phone?: string | null;
  email?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  currency?: string;
  timezone?: string;
  settings?: object;
}

export interface CreatePermissionInput {
  resource: string;
  action: string;
  description?: string | null;
}

export interface CreatePipelineInput {
  externalId?: string | null;
  name: string;
  description?: string | null;
  isActive?: boolean;
  isDefault?: boolean;
  stages?: StageTemplateInput[];
}

export interface CreatePipelineStageInput {
  externalId?: string | null;
  pipelineId: string;
  name: string;
  description?: string | null;
  order?: number;
  probability?: string;
  isActive?: boolean;
  isClosedWon?: boolean;
  isClosedLost?: boolean;
}

export interface CreateRoleInput {
  name: string;
  description?: string | null;
  permissionIds?: string[];
}

export interface CreateVendorInput {
  externalId?: string | null;
  name?: string | null;
  companyName?: string | null;
  vendorType?: 'SUPPLIER' | 'SERVICE_PROVIDER' | 'CONTRACTOR' | 'CONSULTANT';
  contactPerson?: string | null;
  email: string;
  phone?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  website?: string | null;
  industry?: string | null;
  taxId?: string | null;
  rating?: string | null;
  assignedToId?: string | null;
  paymentTerms?: string | null;
  creditLimit?: string | null;
  tags?: string[];
  description?: string | null;
  status?: 'ACTIVE' | 'INACTIVE' | 'PENDING' | 'BLACKLISTED';
  userId?: string | null;
}

export interface CreateWebhookInput {
  url: string;
  description?: string | null;
  recordTypes?: (
    | 'CUSTOMER'
    | 'LEAD'
    | 'DEAL'
    | 'PIPELINE'
    | 'PIPELINE_STAGE'
    | 'ACTIVITY'
    | 'EMPLOYEE'
    | 'VENDOR'
    | 'ORGANIZATION'
    | 'MEMBERSHIP'
    | 'USER_PROFILE'
    | 'ROLE'
    | 'PERMISSION'
    | 'ROLE_PERMISSION'
    | 'USER_ROLE'
    | 'API_KEY'
    | 'API_KEY_PERMISSION'
    | 'WEBHOOK'
  )[];
  actions?: ('CREATED' | 'UPDATED' | 'DELETED' | 'ERASED')[];
}

interface StageTemplateInput {
  name: string;
  description?: string | null;
  probability?: string;
  isClosedWon?: boolean;
  isClosedLost?: boolean;
}

export interface UpdateActivityInput {
  externalId?: string | null;
  title?: string;
  description?: string | null;
  customerId?: string | null;
  leadId?: string | null;
  dealId?: string | null;
  vendorId?: string | null;
  status?: 'SCHEDULED' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED';
  scheduledAt?: string | null;
  completedAt?: string | null;
  durationMinutes?: number | null;
  assignedToId?: string | null;
  isPinned?: boolean;
  tags?: string[];
  phoneNumber?: string | null;
  callDuration?: number | null;
  emailSubject?: string | null;
  emailBody?: string | null;
  meetingLocation?: string | null;
  meetingUrl?: string | null;
  attendees?: string[];
  taskPriority?: 'LOW' | 'MEDIUM' | 'HIGH' | null;
  taskDueDate?: string | null;
  addTags?: string[];
  removeTags?: string[];
}

export interface UpdateCustomerInput {
  externalId?: string | null;
  name?: string;
  firstName?: string | null;
  lastName?: string | null;
  customerType?: 'INDIVIDUAL' | 'BUSINESS';
  companyName?: string | null;
  contactPerson?: string | null;
  email?: string;
  phone?: string | null;
  website?: string | null;
  industry?: string | null;
  taxId?: string | null;
  rating?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  status?: 'ACTIVE' | 'INACTIVE' | 'PROSPECT' | 'VIP';
  assignedToId?: string | null;
  creditLimit?: string | null;
  paymentTerms?: string | null;
  source?: string | null;
  tags?: string[];
  description?: string | null;
  userId?: string | null;
  addTags?: string[];
  removeTags?: string[];
}

export interface UpdateDealInput {
  externalId?: string | null;
  title?: string;
  description?: string | null;
  customerId?: string | null;
  leadId?: string | null;
  pipelineId?: string | null;
  stageId?: string | null;
  assignedToId?: string | null;
  value?: string | null;
  currency?: string;
  probability?: string;
  expectedCloseDate?: string | null;
  actualCloseDate?: string | null;
  priority?: 'LOW' | 'MEDIUM' | 'HIGH' | 'URGENT';
  lostReason?: string | null;
  source?: string | null;
  tags?: string[];
  addTags?: string[];
  removeTags?: string[];
}

export interface UpdateEmployeeInput {
  externalId?: string | null;
  userId?: string | null;
  firstName?: string;
  lastName?: string;
  email?: string;
  phone?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  profileImage?: string | null;
  jobTitle?: string | null;
  department?: string | null;
  employmentType?: 'FULL_TIME' | 'PART_TIME' | 'CONTRACT' | 'INTERN';
  hireDate?: string | null;
  emergencyContact?: string | null;
  managerId?: string | null;
  roleId?: string | null;
  salary?: string | null;
  commissionRate?: string | null;
  tags?: string[];
  status?: 'ACTIVE' | 'INACTIVE' | 'ON_LEAVE' | 'TERMINATED';
  addTags?: string[];
  removeTags?: string[];
}

export interface UpdateLeadInput {
  externalId?: string | null;
  name?: string;
  companyName?: string | null;
  jobTitle?: string | null;
  email?: string;
  phone?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  status?: 'ACTIVE' | 'INACTIVE';
  source?: 'WEBSITE' | 'REFERRAL' | 'SOCIAL_MEDIA' | 'EMAIL_CAMPAIGN' | 'COLD_CALL' | 'EVENT' | 'PARTNER' | 'OTHER';
  qualificationStatus?: 'NEW' | 'CONTACTED' | 'QUALIFIED' | 'UNQUALIFIED' | 'CONVERTED' | 'LOST';
  leadScore?: number;
  estimatedValue?: string | null;
  assignedToId?: string | null;
  tags?: string[];
  description?: string | null;
  campaign?: string | null;
  referrer?: string | null;
  addTags?: string[];
  removeTags?: string[];
}

export interface UpdateOrganizationInput {
  name?: string;
  description?: string | null;
  industry?: string | null;
  website?: string | null;
  phone?: string | null;
  email?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  currency?: string;
  timezone?: string;
  settings?: object;
}

export interface UpdatePermissionInput {
  resource?: string;
  action?: string;
  description?: string | null;
}

export interface UpdatePipelineInput {
  externalId?: string | null;
  name?: string;
  description?: string | null;
  isActive?: boolean;
}

export interface UpdatePipelineStageInput {
  externalId?: string | null;
  name?: string;
  description?: string | null;
  probability?: string;
  isActive?: boolean;
  isClosedWon?: boolean;
  isClosedLost?: boolean;
}

export interface UpdateProfileInput {
  username?: string;
  firstName?: string | null;
  lastName?: string | null;
  profileImage?: string | null;
  phone?: string | null;
  title?: string | null;
  department?: string | null;
  bio?: string | null;
  location?: string | null;
  timezone?: string;
  language?: string;
}

export interface UpdateRoleInput {
  name?: string;
  description?: string | null;
  isActive?: boolean;
}

export interface UpdateUserInput {
  username?: string;
  firstName?: string | null;
  lastName?: string | null;
  profileImage?: string | null;
  phone?: string | null;
  title?: string | null;
  department?: string | null;
  bio?: string | null;
  location?: string | null;
  timezone?: string;
  language?: string;
  isActive?: boolean;
}

export interface UpdateVendorInput {
  externalId?: string | null;
  name?: string | null;
  companyName?: string | null;
  vendorType?: 'SUPPLIER' | 'SERVICE_PROVIDER' | 'CONTRACTOR' | 'CONSULTANT';
  contactPerson?: string | null;
  email?: string;
  phone?: string | null;
  street?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  website?: string | null;
  industry?: string | null;
  taxId?: string | null;
  rating?: string | null;
  assignedToId?: string | null;
  paymentTerms?: string | null;
  creditLimit?: string | null;
  tags?: string[];
  description?: string | null;
  status?: 'ACTIVE' | 'INACTIVE' | 'PENDING' | 'BLACKLISTED';
  userId?: string | null;
  addTags?: string[];
  removeTags?: string[];
}

export interface UpdateWebhookInput {
  url?: string;
  description?: string | null;
  recordTypes?: (
    | 'CUSTOMER'
    | 'LEAD'
    | 'DEAL'
    | 'PIPELINE'
    | 'PIPELINE_STAGE'
    | 'ACTIVITY'
    | 'EMPLOYEE'
    | 'VENDOR'
    | 'ORGANIZATION'
    | 'MEMBERSHIP'
    | 'USER_PROFILE'
    | 'ROLE'
    | 'PERMISSION'
    | 'ROLE_PERMISSION'
    | 'USER_ROLE'
    | 'API_KEY'
    | 'API_KEY_PERMISSION'
    | 'WEBHOOK'
  )[];
  actions?: ('CREATED' | 'UPDATED' | 'DELETED' | 'ERASED')[];
}
