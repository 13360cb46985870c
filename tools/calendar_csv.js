#!/usr/bin/env node
// calendar_csv: turns the list of the npm package chinese-days (its JSON file of holidays, workdays) into the rows of
// schemes/core/parameters/calendar.csv.
//
//   tools/calendar_csv.js cn.json VERSION >schemes/core/parameters/calendar.csv
'use strict';
const fs = require('fs');
const [file, version] = process.argv.slice(2);
const list = JSON.parse(fs.readFileSync(file, 'utf8'));
const rows = [];
for (const [kind, working] of [['holidays', false], ['workdays', true]]) {
    for (const [day, words] of Object.entries(list[kind])) {
        const source = `chinese-days ${version}，据国务院办公厅节假日安排的通知`;
        rows.push([day, working, words.split(',')[1], source, '待核实', '', ''].join(','));
    }
}
rows.sort();
process.stdout.write(['day,working,name,source,state,from,to', ...rows].join('\n') + '\n');
