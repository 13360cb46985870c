// Routes that a part of the tests passes over, each with the reason. The tests fail where an entry is not needed.

// Pages that links do not lead to.
export const NO_PAGE = {
  '/look': 'keeps a choice in a cookie and goes back: never a page',
  '/office/next': 'goes to a task: never a page',
};
