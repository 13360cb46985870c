#!/bin/sh
# listed.sh GONGSHI: how an entry of a list over a ledger was decided, by pages: the order, the arithmetic of shares and
# of thresholds, the cap, the rules with their clauses; whole for the office, and for the party of the row what is its
# own: no input that tells of another row, and no other row at all. And the paper of such a list: sealed by a program,
# or void, as one of a dossier.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/applicant.sh"
own=91330424MA9XXXX112 other=91330424MA9XXXX110

mkdir -p "$work/shops/rules"
cat >"$work/shops/scheme.json" <<'END'
{"scheme": "shops", "title": {"zh": "商铺评级（测试）", "en": "Shops"},
 "roles": {"leader": {"title": {"zh": "负责人", "en": "Leader"}}},
 "ledgers": {"shops": {"title": {"zh": "商铺", "en": "Shops"}, "of": "party", "key": ["name"], "fields": {
   "party": {"type": "party", "required": true, "index": true, "class": "public"},
   "name": {"type": "text", "required": true, "index": true, "class": "public"},
   "street": {"type": "text", "index": true, "class": "public"},
   "score": {"title": {"zh": "得分", "en": "Score"}, "type": "integer", "class": "internal"},
   "level": {"type": "text", "class": "public", "write": ["process"]}}}},
 "facts": {"neighbours": {"ledger": "shops", "where": "street = this.street"}},
 "parameters": {"lines": {"title": {"zh": "分数线", "en": "Lines"}, "key": ["grade"], "value": {"score": "integer"}}},
 "decisions": {"mark": {"title": {"zh": "评分", "en": "Marking"}}, "best": {"title": {"zh": "上限", "en": "Limit"}}},
 "assessments": {
  "shares": {"title": {"zh": "按比例", "en": "By shares"}, "over": "shops", "decide": "mark", "order": ["points desc"],
   "ties": "up", "grade": {"by": "share", "of": {"绿": 1, "黄": 1}, "remainder": ["黄", "绿"]}, "cap": "best",
   "approve": "leader", "then": {"write": {"level": "grade"}, "document": "名单"}},
  "lines": {"title": {"zh": "按分数线", "en": "By lines"}, "over": "shops", "order": ["score desc"],
   "grade": {"by": "threshold", "parameter": "lines"}, "approve": "leader",
   "then": {"write": {"level": "grade"}, "document": "名单"}}},
 "documents": {"名单": {"number": "测〔{year}〕{n}号", "seal": "hook"}}}
END
mkdir -p "$work/shops/parameters"
cat >"$work/shops/parameters/lines.csv" <<'END'
grade,score,source,state,from,to
绿,80,测试文件第三条,confirmed,2025-01-01,
黄,0,测试文件第四条,confirmed,2025-01-01,
END
cat >"$work/shops/rules/shops.dmn" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="shops" id="shops_file"
    namespace="https://gongshi.example/tests/shops">
  <inputData id="score_input" name="score"><variable name="score" typeRef="number"/></inputData>
  <inputData id="neighbours_input" name="neighbours"><variable name="neighbours"/></inputData>
  <decision id="mark" name="mark"><variable name="mark"/>
    <informationRequirement><requiredInput href="#score_input"/></informationRequirement>
    <informationRequirement><requiredInput href="#neighbours_input"/></informationRequirement>
    <decisionTable hitPolicy="FIRST">
      <input><inputExpression><text>score</text></inputExpression></input>
      <input><inputExpression><text>count(neighbours)</text></inputExpression></input>
      <output name="points"/><output name="note"/>
      <annotation name="clause"/>
      <rule id="m1"><inputEntry><text>-</text></inputEntry><inputEntry><text>&gt; 1</text></inputEntry>
        <outputEntry><text>score + 1</text></outputEntry><outputEntry><text>"beside others"</text></outputEntry>
        <annotationEntry><text>测试办法第五条</text></annotationEntry></rule>
      <rule id="m2"><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></inputEntry>
        <outputEntry><text>score</text></outputEntry><outputEntry><text>"alone"</text></outputEntry>
        <annotationEntry><text>测试办法第六条</text></annotationEntry></rule>
    </decisionTable>
  </decision>
  <decision id="best" name="best"><variable name="best"/>
    <informationRequirement><requiredInput href="#score_input"/></informationRequirement>
    <decisionTable hitPolicy="FIRST">
      <input><inputExpression><text>score</text></inputExpression></input>
      <output/>
      <annotation name="clause"/>
      <rule id="b1"><inputEntry><text>&lt; 60</text></inputEntry><outputEntry><text>"黄"</text></outputEntry>
        <annotationEntry><text>测试办法第八条</text></annotationEntry></rule>
      <rule id="b2"><inputEntry><text>-</text></inputEntry><outputEntry><text>"绿"</text></outputEntry>
        <annotationEntry><text>测试办法第九条</text></annotationEntry></rule>
    </decisionTable>
  </decision>
</definitions>
END

shop() { # PARTY NAME STREET SCORE: its row in $row
    "$gongshi" ledger add shops.shops "{\"party\":\"$1\",\"name\":\"$2\",\"street\":\"$3\",\"score\":$4}" \
        --office county >"$work/out" 2>&1 || cat "$work/out"
    row=$(member row)
}

listed() { # NAME: the list is made, up to the approval; its number in $list
    "$gongshi" assess new shops "$1" --office county >"$work/out" 2>&1
    list=$(member assessment)
    for step in freeze compute preview; do
        "$gongshi" assess $step "$list" >"$work/out" 2>&1 || cat "$work/out"
    done
    "$gongshi" assess approve "$list" --as chen >"$work/out" 2>&1
    point $? "the list $1 is approved"
}

carried() {
    "$gongshi" assess carry-out "$list" >"$work/out" 2>&1
    point $? 'it is carried out'
}

{
    "$gongshi" people add chen 某人 --office county
    "$gongshi" people give chen leader --office county
    "$gongshi" people give chen manager --office county
    "$gongshi" people password chen <"$work/password"
    "$gongshi" party add "{\"kind\":\"企业\",\"code\":\"$own\",\"name\":\"示例公司\"}" --office county
    "$gongshi" party add "{\"kind\":\"企业\",\"code\":\"$other\",\"name\":\"另一家\",\"code reason\":\"证照如此\"}" \
        --office county
    "$gongshi" scheme install "$work/shops"
} >"$work/made" 2>&1 || cat "$work/made"
cat >"$work/sealer" <<'SEALER'
#!/bin/sh
[ ! -e "$0.refuses" ] || exit 1
printf 'sealed %s %s ' "$2" "$3"
cat
SEALER
chmod +x "$work/sealer"
serve --demo --sealer "$work/sealer"
officers
curl -sS -o /dev/null -c "$work/chen.jar" -d login=chen --data-urlencode "password=$(cat "$work/password")" "$url/login"
shop $own 甲铺 南街 55 && first=$row
shop $other CANARY-乙铺 南街 91 && second=$row
shop $other CANARY-丙铺 北街 70
outside zhang 13800000001
bind zhang $own
outside wang 13800000002

# ---- By shares ----

listed shares
page 'before it is carried out the party sees nothing' 404 '' zhang "/my/grades/$first"
carried
page 'the office reads how it was decided' 200 '判定依据' chen "/office/lists/$list/grades/$first"
page 'the order, and its value' 200 'points</td>.*高者在前</td>.*56</td>' chen "/office/lists/$list/grades/$first"
page 'three entries by 1:1, before rounding' 200 '1 1/2' chen "/office/lists/$list/grades/$first"
page 'what was left over' 200 '"name":"黄"[^}]*"part":"1","exact":"1 1/2","more":"1","quota":"2"' \
    chen "/office/lists/$list/grades/$first.json"
page 'the rule that fitted, and its clause' 200 '测试办法第五条' chen "/office/lists/$list/grades/$first"
page 'what it rests on' 200 'CANARY-乙铺' chen "/office/lists/$list/grades/$first"
page 'the cap, and its clause' 200 '测试办法第八条' chen "/office/lists/$list/grades/$first"
page 'of another entry another rule' 200 '测试办法第九条' chen "/office/lists/$list/grades/$second"
page 'a clerk of the station does not read it' 404 '' zhao "/office/lists/$list/grades/$first"
page 'the party finds the way' 200 "/my/grades/$first" zhang /my/grades
page 'and reads it' 200 '判定依据' zhang "/my/grades/$first"
lacks 'nothing of any other row' 'CANARY\|另一家\|北街'
lacks 'not which rule fitted, because that tells of the neighbours' '测试办法第[五六]条\|beside others'
page 'what is kept back is named' 200 'neighbours' zhang "/my/grades/$first"
page 'the order, and its own value' 200 'points</td>.*高者在前</td>.*56</td>' zhang "/my/grades/$first"
page 'the arithmetic' 200 '1 1/2' zhang "/my/grades/$first"
lacks 'but not how many really have a grade' '实际'
page 'the cap, whose input is its own, with the clause' 200 '测试办法第八条' zhang "/my/grades/$first"
page 'and the input' 200 '<dt>得分</dt><dd>55</dd>' zhang "/my/grades/$first"
page 'not the row of another' 404 '' zhang "/my/grades/$second"
page 'nobody is told' 303 'Location: /account' nobody "/my/grades/$first"
page 'nor somebody who acts for nobody' 404 '' wang "/my/grades/$first"

# ---- The paper, sealed by a program ----

eventually() { # NAME PATTERN PATH: chen sees it within half a minute
    tries=0
    while [ $tries -lt 300 ] && ! curl -sS -b "$work/chen.jar" "$url$3" | grep -a -- "$2" >"$work/seen"; do
        sleep 0.1
        tries=$((tries + 1))
    done
    page "$1" 200 "$2" chen "$3"
}

eventually 'it is issued with what came back' '已签发' "/office/lists/$list"
page 'which is what its readers get' 200 'sealed shops/名单/[0-9]* 1 %PDF' chen "/office/lists/$list/paper.pdf"
page 'it is not void any more' 422 '不能' chen "/office/lists/$list/paper" -d "csrf=$(csrf chen)" -d do=void \
    --data-urlencode 'text=错字'
touch "$work/sealer.refuses"

# ---- By lines ----

listed lines
carried
page 'a line, and where it comes from' 200 '80</td>.*测试文件第三条' chen "/office/lists/$list/grades/$first"
page 'the party reads that too' 200 '80</td>.*测试文件第三条' zhang "/my/grades/$first"
page 'as of the last list' 200 '达到某等级分数线' zhang "/my/grades/$first"
eventually 'what the program refuses is told' 'sealer' "/office/lists/$list"
paper=$("$gongshi" document list | tr -d ' \n' | sed -n 's/.*"document":"*\([0-9]*\)"*,[^{}]*"number":"*2"*.*/\1/p')
"$gongshi" dossier told --office county >"$work/out" 2>&1
grep -q '"seal": "名单' "$work/out"
point $? 'to the manager too'
rm "$work/sealer.refuses"
"$gongshi" document seal "$paper" --hook yes >"$work/out" 2>&1
point $? 'asked again'
eventually 'it is sealed' '已签发' "/office/lists/$list"
touch "$work/sealer.refuses"
listed lines
carried
eventually 'another is refused' 'sealer' "/office/lists/$list"
page 'an officer does not void it' 422 '主管' li "/office/lists/$list/paper" -d "csrf=$(csrf li)" -d do=void \
    --data-urlencode 'text=错字'
page 'nor a manager without a reason' 422 '写明原因' chen "/office/lists/$list/paper" -d "csrf=$(csrf chen)" -d do=void
page 'with one he does' 303 'done=void' chen "/office/lists/$list/paper" -d "csrf=$(csrf chen)" -d do=void \
    --data-urlencode 'text=错字'
page 'its number stays, with the reason' 200 '〕3号.*错字.*"void":true' chen "/office/lists/$list.json"
page 'and it is not sealed' 422 '不能' chen "/office/lists/$list/paper" -d "csrf=$(csrf chen)" -d do=seal
page 'another act there is none' 422 '不支持该操作' chen "/office/lists/$list/paper" -d "csrf=$(csrf chen)" -d do=serve
"$gongshi" ledger change shops.shops "$first" "{\"party\":\"$other\"}" --reason 转让 >"$work/out" 2>&1
point $? 'the shop is sold'
page 'and is its own no more' 404 '' zhang "/my/grades/$first"
echo "1..$count"
