import { activityScreens } from './screens/activities.js';
import { customerScreens } from './screens/customers.js';
import { dashboardScreen } from './screens/dashboard.js';
import { dealScreens } from './screens/deals.js';
import { leadScreens } from './screens/leads.js';
import type { Screen, Subjects } from './screens/screen.js';
import { teamScreens } from './screens/team.js';
import { vendorScreens } from './screens/vendors.js';

/** Every screen that shows a list or one record, and the headline figures. */
export const screensOf = (subjects: Subjects): Screen[] => [
  ...customerScreens(subjects),
  ...leadScreens(subjects),
  ...dealScreens(subjects),
  ...activityScreens(subjects),
  ...vendorScreens(subjects),
  ...teamScreens,
  dashboardScreen,
];
