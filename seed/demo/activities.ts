import { Activity, type ActivityType } from '../../src/crm/activities/activity.js';
import { bornIn, type Tenant } from './organizations.js';

type Moment = [day: number, time?: string];

type Planned = 'customer' | 'lead' | 'deal' | 'completedAt' | 'scheduledAt' | 'assignedTo' | 'taskDueDate';

/** An activity of the plan. It refers to people and records by name or number, and to dates in days from today. */
interface Entry extends Omit<Partial<Activity>, Planned> {
  activityType: ActivityType;
  title: string;
  customer?: string;
  lead?: number;
  deal?: number;
  by: string;
  entered: Moment;
  scheduled?: Moment;
  completed?: Moment;
  due?: number;
}

// biome-ignore format: a table
export const northgateActivities: Entry[] = [
  {
    activityType: 'CALL', title: 'Support renewal call', customer: 'Cobalt Mining', by: 'Rita Novak',
    status: 'COMPLETED', entered: [-104, '15:10'], scheduled: [-103, '16:00'], completed: [-103, '16:24'],
    phoneNumber: '+1 775 555 0142', callDuration: 1440, durationMinutes: 24, tags: ['renewal'],
    description: 'Dale is content with the response times and wants the same terms for another year.',
  },
  {
    activityType: 'EMAIL', title: 'Offer for the yard cameras', customer: 'Frida Alvarez', by: 'Sam Ortiz',
    status: 'COMPLETED', entered: [-118, '17:42'], completed: [-118, '17:45'],
    emailSubject: 'Your offer: six cameras, installed',
    emailBody: 'Dear Ms Alvarez,\n\nhere is the offer we talked about. It holds for four weeks.\n\nSam Ortiz',
  },
  {
    activityType: 'MEETING', title: 'Plant tour and workshop', customer: 'Brightwater Foods', by: 'Sam Ortiz',
    status: 'COMPLETED', entered: [-72, '14:05'], scheduled: [-64, '14:30'], completed: [-64, '18:00'],
    durationMinutes: 210, meetingLocation: '18 Cannery Wharf, Portland', tags: ['workshop', 'on site'],
    attendees: ['Priya Raman', 'Lou Pereira', 'maya.chen@northgate.example'],
    description: 'Walked the packaging line. Three sensors per filler are enough for the quality dashboards.',
  },
  {
    activityType: 'TELEGRAM', title: 'Commissioning is done', customer: 'Helios Solar', by: 'Maya Chen',
    status: 'COMPLETED', entered: [-11, '19:30'], completed: [-11, '19:30'],
    description: 'Noor writes that all 14 roofs report. Pictures follow.',
  },
  {
    activityType: 'NOTE', title: 'Invoices go to the parent company', customer: 'Brightwater Foods', by: 'Sam Ortiz',
    status: 'COMPLETED', entered: [-49, '13:20'], completed: [-49, '13:20'], isPinned: true,
    description: 'Invoices go to the parent company\nBrightwater Holdings, attn. Lou Pereira, with the plant’s number.',
  },
  {
    activityType: 'TASK', title: 'Revise the ventilation proposal', customer: 'Cobalt Mining', deal: 3,
    by: 'Rita Novak', status: 'SCHEDULED', entered: [-13, '20:15'], scheduled: [-3, '15:00'], due: -3,
    taskPriority: 'HIGH', tags: ['proposal'],
    description: 'The committee asked for a variant without the second shaft.',
  },
  {
    activityType: 'TASK', title: 'Prepare the pilot on ten trucks', customer: 'Delta Freight', deal: 2,
    by: 'Sam Ortiz', status: 'IN_PROGRESS', entered: [-8, '14:40'], scheduled: [-6, '14:00'], due: 5,
    taskPriority: 'MEDIUM', durationMinutes: 480,
    description: 'Order ten trackers, agree with Marcus on the trucks, book the installer in Memphis.',
  },
  {
    activityType: 'CALL', title: 'Ask about the new workshop', customer: 'George Tan', by: 'Mark Linden',
    status: 'CANCELLED', entered: [-37, '15:55'], scheduled: [-33, '18:00'], phoneNumber: '+1 415 555 0188',
    description: 'Cancelled: he asked not to be called before he has reopened.',
  },
  {
    activityType: 'NOTE', title: 'Budget is approved', lead: 5, by: 'Sam Ortiz',
    status: 'COMPLETED', entered: [-12, '16:35'], completed: [-12, '16:35'],
    description: 'Budget is approved\n60,000 for this year, but their board signs only on the first of a month.',
  },
  {
    activityType: 'NOTE', title: 'Lead converted', lead: 9, customer: 'Helios Solar', by: 'Maya Chen',
    status: 'COMPLETED', entered: [-63], completed: [-63],
  },
  {
    activityType: 'CALL', title: 'Agree on the first warehouse', lead: 6, deal: 5, by: 'Maya Chen',
    status: 'SCHEDULED', entered: [-2, '14:20'], scheduled: [1, '16:00'], durationMinutes: 30,
    phoneNumber: '+1 614 555 0164',
  },
  {
    activityType: 'MEETING', title: 'Contract talks in Portland', customer: 'Brightwater Foods', deal: 4,
    by: 'Sam Ortiz', status: 'SCHEDULED', entered: [-5, '15:25'], scheduled: [4, '15:00'], durationMinutes: 120,
    meetingLocation: '18 Cannery Wharf, Portland', meetingUrl: 'https://meet.northgate.example/packaging-line',
    attendees: ['Priya Raman', 'Lou Pereira', 'maya.chen@northgate.example'],
  },
];

// biome-ignore format: a table
export const harborPineActivities: Entry[] = [
  {
    activityType: 'CALL', title: 'Debriefing on the brand refresh', customer: 'Atelier Nord', by: 'Ines Faber',
    status: 'COMPLETED', entered: [-141, '09:00'], scheduled: [-140, '09:30'], completed: [-140, '10:05'],
    phoneNumber: '+49 40 66969 210', callDuration: 2100, durationMinutes: 35,
    description: 'Solveig wants to see the new signs in one more colour. Otherwise very happy.',
  },
  {
    activityType: 'EMAIL', title: 'Mood boards for the holidays', customer: 'Jonas Weber', by: 'Ines Faber',
    status: 'COMPLETED', entered: [-27, '08:50'], completed: [-27, '09:02'], tags: ['campaign'],
    emailSubject: 'Three directions for your holiday campaign',
    emailBody: 'Lieber Herr Weber,\n\nanbei drei Richtungen. Welche davon ist Ihnen mutig genug?\n\nInes Faber',
  },
  {
    activityType: 'TASK', title: 'Send the colour samples', customer: 'Atelier Nord', by: 'Hugo Brandt',
    status: 'SCHEDULED', entered: [-16, '10:10'], scheduled: [-4, '10:00'], due: -4, taskPriority: 'LOW',
  },
  {
    activityType: 'MEETING', title: 'First look at the apartment', customer: 'Klara Sommer', by: 'Hugo Brandt',
    status: 'SCHEDULED', entered: [0], scheduled: [6, '12:00'], durationMinutes: 90,
    meetingLocation: 'Leipzig, Südvorstadt', attendees: ['Klara Sommer', 'ines.faber@harborpine.example'],
  },
];

/** Adds the activities, each created by its assignee. */
export async function addActivities(tenant: Tenant, entries: Entry[]): Promise<void> {
  const { em, calendar, employees } = tenant;
  for (const { customer, lead, deal, by, entered, scheduled, completed, due, ...fields } of entries) {
    const employee = employees.get(by)!;
    const born = bornIn(tenant, calendar.past(...entered));
    const completedAt = completed ? calendar.past(...completed) : null;
    const activity = Object.assign(new Activity(), fields, born, {
      ...{ assignedToId: employee.id, createdById: employee.userId },
      ...{ completedAt, updatedAt: completedAt ?? born.updatedAt },
      scheduledAt: scheduled ? calendar.at(...scheduled) : null,
      taskDueDate: due === undefined ? null : calendar.day(due),
      dealId: deal === undefined ? null : tenant.deals.get(deal)!.id,
    });
    activity.link({
      customer: customer === undefined ? null : tenant.customers.get(customer)!,
      lead: lead === undefined ? null : tenant.leads.get(lead)!,
    });
    em.persist(activity);
  }
  await em.flush();
}
