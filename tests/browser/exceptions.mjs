// Routes that a part of the tests passes over, each with the reason. The tests fail where an entry is not needed.

// Pages that links do not lead to.
export const NO_PAGE = {
  '/first': 'only before there is an administrator: path_first looks at it',
  '/login/code': 'only in the middle of a log-in: path_first looks at it',
  '/held/{word}': 'only after a session has ended in the middle of a form: path_held looks at it',
  '/look': 'keeps a choice in a cookie and goes back: never a page',
  '/office/next': 'goes to a task: never a page',
};

// Routes that take a form which no page has, because only a script sends it; the page works without.
export const NO_FORM = {
  'POST /first': 'only before there is an administrator: path_first sends it',
  'POST /login/code': 'only in the middle of a log-in: path_first sends it',
  'POST /office/ledgers/{word}/import/do': 'only with a table that was checked: tests/web/lists.sh sends it',
  'POST /office/rounds/{word}/{word2}/import/do': 'only with a table that was checked, as that of a ledger',
  'POST /office/d/{number}/t/{number2}/draft': 'only in the draft of a notice: tests/web/office.sh sends it',
  'POST /my/{number}/ledger/{word}/do': 'only with a table that was checked: tests/web/apply.sh sends it',
  'POST /my/{number}/ledger/{word}/back': 'only with rows that came from a table: tests/web/apply.sh sends it',
  'POST /admin': 'only while a step is held up or a letter was not sent: tests/web/admin.sh sends it',
  'POST /apply/{word}/{word2}/{number}/file': 'sends a file ahead; the form of the section takes it too',
  'POST /my/{number}/{number2}/file': 'sends a file ahead; the form of the task takes it too',
  'POST /g/{word}/file': 'sends a file ahead; the form of the guest takes it too',
  'POST /apply/{word}/{word2}/{number}/live': 'computes while one types; saving computes too',
  'POST /visits/{number}/{number2}/photo': 'sends a picture ahead; the form of the visit takes it too',
};

// Chinese pages that show the words of files, which are Latin where their authors wrote them so.
export const LATIN = {
  '/office/schemes/{word}': 'shows a package to those who write it: names of files, tables and values',
  '/office/schemes/{word}/forms/{word2}': 'is named after the file of the form',
  '/office/rounds/{word}/{word2}': 'shows the rows of parameters: values of keys as the package writes them',
  '/office/lists/{number}/grades/{number2}': 'shows the rows of parameters that the best grade rests on',
  '/my/grades/{number}': 'shows them too',
  '/s/{word}/table/{word2}': 'shows a table of the package under the names of its columns',
  '/admin/settings': 'shows the words that a settings file is written in',
  '/s/{word}/changes': 'names the places in the package that changed',
};
