// Routes that a part of the tests passes over, each with the reason. The tests fail where an entry is not needed.

// Pages that links do not lead to.
export const NO_PAGE = {
  '/look': 'keeps a choice in a cookie and goes back: never a page',
  '/office/next': 'goes to a task: never a page',
};

// Routes that take a form which no page has, because only a script sends it; the page works without.
export const NO_FORM = {
  'POST /apply/{word}/{word2}/{number}/live': 'computes while one types; saving computes too',
  'POST /visits/{number}/{number2}/photo': 'sends a picture ahead; the form of the visit takes it too',
};

// Chinese pages that show the words of files, which are Latin where their authors wrote them so.
export const LATIN = {
  '/office/schemes/{word}': 'shows a package to those who write it: names of files, tables and values',
  '/office/schemes/{word}/forms/{word2}': 'is named after the file of the form',
  '/s/{word}/changes': 'names the places in the package that changed',
};
