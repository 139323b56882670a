/** Names of fields in words, for faults that the server reports by path. */
const labels = {
  newPassword: 'The new password',
  password: 'The password',
  oldPassword: 'The current password',
  email: 'The e-mail address',
  newEmail: 'The e-mail address',
  username: 'The username',
  code: 'The code',
};

/** Tells in words what went wrong; faults of a form name its fields as people see them. */
export function inWords({ message, fields = [] }) {
  const faults = fields.map(({ path, message: fault }) => {
    const label = labels[path.split('.').at(-1)];
    return label && `${label} ${fault}`;
  });
  return faults.length && faults.every(Boolean) ? `${faults.join('; ')}.` : message;
}

export function demandSame(password, again) {
  if (password !== again) throw new Error('The two passwords differ.');
}

/** Sends a form once at a time with `use`, which gets its values; `complain` shows what went wrong, or nothing. */
export function onSubmit(form, use, complain) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    complain('');
    try {
      await use(Object.fromEntries(new FormData(form)));
      form.reset();
    } catch (error) {
      complain(inWords(error));
    } finally {
      button.disabled = false;
    }
  });
}
