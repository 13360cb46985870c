# 一家企业一个年度只能申报一个级别：安徽 2025 通知。被退回的当年也不能再报别的级别（安徽 2024）：once 数所有的办件。
s/"once": \["party", "round", "applied"\]/"once": ["party", "round"]/
s/"title": {"zh": "守合同重信用企业公示", "en": "Enterprises that keep contracts and value credit"}/"title": {"zh": "守合同重信用企业公示（另一城市的一年）", "en": "Enterprises that keep contracts, another city"}/
s/"from": "2021-01-01"/"from": "2020-01-01"/
