import { find } from '../element.js';
import { inWords, onSubmit } from '../form.js';

/** Sends the form with this id by `use`, and shows a problem in its last paragraph. */
export function submits(id, use) {
  const form = find(id);
  onSubmit(form, use, (problem) => {
    form.querySelector('.problem').textContent = problem;
  });
}

/** Does something when the button with this id is pressed, once at a time, and shows a problem. */
export function presses(button, problem, use) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    problem.textContent = '';
    try {
      await use();
    } catch (error) {
      problem.textContent = inWords(error);
    } finally {
      button.disabled = false;
    }
  });
}
