// Checks of fields before they are sent.

import { t } from '../../messages/index.js';

const SHORTEST = 8;
const LONGEST = 256;

/** @param {string} email @returns {string | undefined} */
export function emailFault(email) {
  return /^\S+@\S+$/.test(email.trim()) ? undefined : t('shell.email_fault');
}

/** @param {string} password @returns {string | undefined} */
export function passwordFault(password) {
  const { length } = [...password];
  if (length >= SHORTEST && length <= LONGEST) return undefined;
  return t(length < SHORTEST ? 'shell.password_short' : 'shell.password_long', { n: length });
}
