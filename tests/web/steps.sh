#!/bin/sh
# steps.sh GONGSHI: steps at which more than one person is asked, by pages alone: a departure from what the machine
# found, with a listed reason and a second person; signatures of others; four eyes; return to a named step; scorers who
# do not see each other; somebody who has an interest.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/staff.sh"
language=en

# lacks NAME PATTERN: the page before has it not.
lacks() {
    ! grep -qa -- "$2" "$work/out"
    point $? "$1"
}

# begin SCHEME PROCESS WITH: the number of a new dossier.
begin() {
    "$gongshi" dossier start "$1" --process "$2" --office street --subject p-1 --with "$3" |
        sed -n 's/.*"dossier": *\([0-9]*\).*/\1/p;s/^\([0-9][0-9]*\)$/\1/p' | head -n 1
}

# task WHO DOSSIER [N]: "d/DOSSIER/t/WAIT" of its N-th open task.
task() {
    wait=$(curl -sS -b "$work/$1.jar" "$url/office/d/$2.json" | grep -o '"tasks":\[.*' | grep -o '"wait":"[0-9]*"' |
        grep -o '[0-9]*' | sed -n "${3:-1}p")
    echo "/office/d/$2/t/$wait"
}

mkdir -p "$work/essay/process" "$work/essay/forms"
cat >"$work/essay/scheme.json" <<'JSON'
{"scheme": "essay", "title": {"zh": "征文（测试）", "en": "Essays"},
 "roles": {"clerk": {"title": {"zh": "评分员", "en": "Scorer"}}},
 "processes": {"essay": {"title": {"zh": "评分", "en": "Scoring"}, "start": {"by": ["counter"], "form": "essay"},
   "tasks": {"score": {"form": "essay", "mode": "score"}}}}}
JSON
cat >"$work/essay/forms/essay.form" <<'JSON'
{"type": "default", "id": "essay", "schemaVersion": 16, "components": [
 {"type": "textfield", "key": "author", "label": "Author"},
 {"type": "textarea", "key": "text", "label": "Text", "properties": {"blind": "show"}},
 {"type": "number", "key": "points", "label": "Points", "properties": {"score": "points"}}]}
JSON
cat >"$work/essay/process/essay.bpmn" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="essay_file" targetNamespace="https://gongshi.example/tests/essay">
  <process id="essay" isExecutable="true">
    <startEvent id="start"/>
    <userTask id="score" name="Scoring">
      <extensionElements>
        <zeebe:userTask/>
        <zeebe:assignmentDefinition candidateGroups="clerk"/>
        <zeebe:ioMapping><zeebe:output source="=points" target="points_given"/></zeebe:ioMapping>
      </extensionElements>
      <multiInstanceLoopCharacteristics><extensionElements>
        <zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="seat" outputCollection="scores"
            outputElement="=points_given"/>
      </extensionElements></multiInstanceLoopCharacteristics>
    </userTask>
    <userTask id="read" name="Reading both">
      <extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="clerk"/></extensionElements>
    </userTask>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="score"/>
    <sequenceFlow id="f2" sourceRef="score" targetRef="read"/>
    <sequenceFlow id="f3" sourceRef="read" targetRef="end"/>
  </process>
</definitions>
XML
mkdir -p "$work/joint/process" "$work/joint/forms"
cat >"$work/joint/scheme.json" <<'JSON'
{"scheme": "joint", "title": {"zh": "会签（测试）", "en": "Signed jointly"},
 "roles": {"clerk": {"title": {"zh": "经办", "en": "Clerk"}}, "leader": {"title": {"zh": "负责人", "en": "Leader"}}},
 "processes": {"joint": {"title": {"zh": "会签", "en": "Joint"}, "start": {"by": ["counter"]},
   "tasks": {"decide": {"form": "decide", "people": 2, "sign": "leader"}}}}}
JSON
cat >"$work/joint/forms/decide.form" <<'JSON'
{"type": "default", "id": "decide", "schemaVersion": 16, "components": [
 {"type": "textfield", "key": "result", "label": "Result", "validate": {"required": true}}]}
JSON
cat >"$work/joint/process/joint.bpmn" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="joint_file" targetNamespace="https://gongshi.example/tests/joint">
  <process id="joint" isExecutable="true">
    <startEvent id="start"/>
    <userTask id="decide" name="Deciding"><extensionElements>
      <zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="clerk"/>
    </extensionElements></userTask>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="decide"/>
    <sequenceFlow id="f2" sourceRef="decide" targetRef="end"/>
  </process>
</definitions>
XML
echo 'a-long-password-of-tests' >"$work/password"
{
    "$gongshi" init "$GONGSHI_DATA"
    "$gongshi" people office street 示例街道
    for who in li:clerk wang:clerk zhou:clerk chen:leader sun:clerk he:manager; do
        login=${who%%:*}
        "$gongshi" people add "$login" "$login" --office street
        "$gongshi" people password "$login" <"$work/password"
        "$gongshi" people give "$login" "${who##*:}" --office street
    done
    "$gongshi" people give sun leader --office street
    for scheme in tests/work/staff tests/work/eyes "$work/essay" "$work/joint"; do
        "$gongshi" scheme install "$scheme"
    done
} >"$work/init" 2>&1 || sed 's/^/# /' "$work/init"
graded=$(begin staff grading '{"points": 75}')
eyes=$(begin eyes eyes '{"open questions": ["who"]}')
kept=$(begin staff grading '{"points": 80}')
joint=$(begin joint joint '{}')
essay=$(begin essay essay '{"author": "canary-author", "text": "what it says"}')
serve --second-factor none
for who in li wang zhou chen sun he; do
    login $who "$(cat "$work/password")"
done

# ---- Departure: a listed reason, a second person ----

t=$(task li "$graded")
page 'the task is taken' 303 'done=claim' li "$t" do=claim
page 'the machine has found something, and one may depart from it' 200 'Depart from what the machine found' li "$t"
page 'reasons are those of the list' 200 '<option value="A3">' li "$t"
page 'not without a reason' 422 'the result and the reason' li "$t" do=complete -result=red
page 'nor with another than a listed one' 422 'is no reason' li "$t" do=complete -result=red -reason=C9
page 'with one it waits for the second person' 303 'done=complete' li "$t" do=complete -result=red -reason=A3 \
    '-note=three complaints'
sign=$(task chen "$graded")
page 'not the same one' 403 '' li "$sign" do=claim
page 'nor one of another role' 403 '' wang "$sign" do=claim
page 'the leader takes it' 303 'done=claim' chen "$sign" do=claim
page 'and sees what departs from what' 200 'three complaints' chen "$sign"
page 'he says whether he agrees' 422 'Error' chen "$sign" do=complete
page 'he does not: it goes back' 303 'done=complete' chen "$sign" do=complete -agree=no '-note=not enough'
t=$(task li "$graded")
page 'whoever departed reads why' 200 'not enough' li "$t"
page 'and says it better' 303 'done=complete' li "$t" do=complete -result=red -reason=A3 '-note=four complaints'
sign=$(task chen "$graded")
ask chen "$sign" do=claim
page 'now he agrees' 303 'done=complete' chen "$sign" do=complete -agree=yes
page 'the decision shows both, and why' 200 'four complaints' chen "/office/d/$graded?tab=decisions"

# ---- Four eyes, named return, signature of another role ----

t=$(task li "$eyes")
ask li "$t" do=claim
page 'one more signature can be asked for' 200 '<option value="leader"' li "$t"
page 'of a role that somebody else has' 422 'nobody else of the office has the role auditor' li "$t" do=complete \
    -cosign=auditor
page 'the first step waits for it' 303 'done=complete' li "$t" do=complete -cosign=leader
sign=$(task chen "$eyes")
ask chen "$sign" do=claim
page 'who was asked agrees' 303 'done=complete' chen "$sign" do=complete -agree=yes
t=$(task li "$eyes")
page 'who did it does not check it' 403 'second person' li "$t" do=claim
page 'another one does' 303 'done=claim' wang "$t" do=claim
page 'a return has a reason' 422 'say why' wang "$t" do=return -element=visit
page 'and goes only to a step that the scheme names' 422 'cannot be sent back' wang "$t" do=return -element=decide \
    -text=x
page 'it goes back' 303 'done=return' wang "$t" do=return -element=visit '-text=a photo is missing'
t=$(task li "$eyes")
page 'with its reason' 200 'a photo is missing' li "$t"
page 'to who did it, or whoever takes it' 303 'done=claim' li "$t" do=claim
ask li "$t" do=complete
t=$(task wang "$eyes")
ask wang "$t" do=claim
page 'open questions are a guard' 422 'guard\|open' wang "$t" do=complete

# ---- Signed by several roles, one after the other ----

decides() { # li answers, and asks the manager to sign besides
    t=$(task li "$joint")
    ask li "$t" do=claim
    page "$1" 303 'done=complete' li "$t" do=complete "result=$2" -cosign=manager
}

decides 'li decides' granted
t=$(task li "$joint")
page 'the signer reads what is signed' 200 'granted' sun "$t"
page 'by whom it is signed' 200 '<dt>Signed so far</dt><dd>li</dd>' sun "$t"
page 'and who signs afterwards, in which order' 200 'in this order</dt><dd>Leader, manager of an office' sun "$t"
page 'a second clerk signs first: not who decided' 403 '' li "$t" do=claim
page 'nor the leader, whose turn it is not' 404 'not for you to see' chen "$t" do=claim
page 'nor the manager' 403 '' he "$t" do=claim
page 'a clerk who is a leader too takes it' 303 'done=claim' sun "$t" do=claim
page 'who took it signs it, nobody else' 403 '' wang "$t" do=complete -agree=yes
page 'and agrees' 303 'done=complete' sun "$t" do=complete -agree=yes
t=$(task chen "$joint")
page 'then it is for a leader' 200 '<dt>Signed so far</dt><dd>li, sun</dd>' chen "$t"
page 'not for the leader who has signed as a clerk' 403 '' sun "$t" do=claim
page 'nor for the manager before him' 403 '' he "$t" do=claim
ask chen "$t" do=claim
page 'the other leader does not agree' 303 'done=complete' chen "$t" do=complete -agree=no '-note=no basis is named'
t=$(task li "$joint")
page 'it is back with who decided, and why' 200 'no basis is named' li "$t"
page 'the dossier has not moved' 200 'Deciding' li "/office/d/$joint"
decides 'he decides again' 'granted by Article 5'
for who in wang:li chen:li..wang he:li..wang..chen; do
    t=$(task "${who%%:*}" "$joint")
    page "$who: who has signed before" 200 "<dd>$(echo "${who#*:}" | sed 's/[.][.]/, /g')</dd>" "${who%%:*}" "$t"
    ask "${who%%:*}" "$t" do=claim
    page 'and agrees' 303 'done=complete' "${who%%:*}" "$t" do=complete -agree=yes
done
page 'all have agreed: it is decided' 200 'granted by Article 5' li "/office/d/$joint?tab=rules"
"$gongshi" dossier show "$joint" | tr -d ' \n' | grep -q '"signed":\["li","wang","chen","he"\]'
point $? 'and the history names them in their order'
page 'the dossier is over' 200 '<span class="tag[^>]*>ended' li "/office/d/$joint"

# ---- Scoring blindly ----

t=$(task li "$essay" 1) other=$(task wang "$essay" 2)
page 'two score at once' 303 'done=claim' li "$t" do=claim
page 'the other half' 303 'done=claim' wang "$other" do=claim
page 'a scorer sees what is scored' 200 'what it says' li "$t"
lacks 'not whose it is' canary-author
page 'nor in the dossier' 200 'Dossier' li "/office/d/$essay"
lacks 'while he scores' canary-author
page 'only points are given' 303 'done=complete' li "$t" do=complete points=81
page 'the other one sees no points' 200 'what it says' wang "$other"
lacks 'until he has given his own' '[^0-9a-f]81[^0-9a-f]' # no part of a token
for tab in rules decisions history process messages acts; do
    ask wang "/office/d/$essay?tab=$tab"
    lacks "nor on the tab $tab" '>81<\|canary-author\|p-1'
    ask wang "/office/d/$essay.json?tab=$tab"
    lacks "nor in its data" '"81"\|canary-author\|p-1'
done
page 'nor does the list of tasks say whose it is' 200 "Dossier $essay" wang '/office?tab=team&step=essay/score'
page 'nor is it found by its party' 200 'id="main"' wang '/office?tab=team&q=p-1'
lacks 'whose words would tell' "/office/d/$essay/"
page 'he gives his' 303 'done=complete' wang "$other" do=complete points=60
t=$(task li "$essay")
page 'then all is read: whose it was' 200 'canary-author' li "$t"
grep -qa 81 "$work/out" && grep -qa 60 "$work/out"
point $? 'and what each has given'

# ---- An interest ----

t=$(task wang "$kept")
page 'it stands in the list of the team' 200 "/office/d/$kept/" wang '/office?tab=team'
page 'an interest is said which' 422 'Error\|which' wang "$t" do=recuse
page 'it is declared' 303 'Location' wang "$t" do=recuse '-text=his brother'
page 'from then on it is in no list of his' 200 'id="main"' wang '/office?tab=team'
lacks 'of the team' "/office/d/$kept/"
page 'nor of those that are free' 200 'id="main"' wang '/office?tab=free'
lacks 'at all' "/office/d/$kept/"
page 'nor found by its number' 200 'id="main"' wang "/office?tab=team&q=p-1"
lacks 'or its party' "/office/d/$kept/"
page 'he does nothing in it' 403 'interest' wang "$t" do=claim
page 'others go on' 303 'done=claim' zhou "$t" do=claim
echo "1..$count"
