-- segment: the model for a newcomer.  Points are expert judgement, not a fit:
-- recent and frequent payers with little overdue score high.  Replace it by a
-- model fitted on the operation's own outcomes.

INSERT INTO kobra.scorecard_model (scorecard_model_id, name, version, card, features, status, created_by, created_at, changed_at)
	OVERRIDING SYSTEM VALUE VALUES
	(1, 'default', 1, '{
	"name": "default", "initial": 300,
	"reasons": {"method": "points_below", "max": 3},
	"scaling": {"score": 500, "odds": 1, "pdo": 40},
	"characteristics": [
		{"name": "days_past_due", "type": "number", "baseline": 80, "reason": "PAST_DUE",
		 "bins": [{"lt": 1, "points": 80}, {"lt": 31, "points": 60}, {"lt": 61, "points": 40},
			{"lt": 91, "points": 25}, {"lt": 181, "points": 10}, {"points": 0}], "missing": 40},
		{"name": "days_since_payment", "type": "number", "baseline": 60, "reason": "NO_RECENT_PAYMENT",
		 "bins": [{"lt": 31, "points": 60}, {"lt": 61, "points": 45}, {"lt": 121, "points": 25},
			{"points": 5}], "missing": 15},
		{"name": "payments_90d", "type": "number", "baseline": 40, "reason": "FEW_PAYMENTS",
		 "bins": [{"lt": 1, "points": 5}, {"lt": 2, "points": 20}, {"lt": 3, "points": 30}, {"points": 40}],
		 "missing": 5},
		{"name": "overdue_share", "type": "number", "baseline": 50, "reason": "MOSTLY_OVERDUE",
		 "bins": [{"le": 0, "points": 50}, {"lt": 0.25, "points": 40}, {"lt": 0.75, "points": 20}, {"points": 0}],
		 "missing": 50},
		{"name": "tenure_days", "type": "number", "baseline": 30, "reason": "NEW_CUSTOMER",
		 "bins": [{"lt": 180, "points": 5}, {"lt": 720, "points": 15}, {"points": 30}], "missing": 30},
		{"name": "open_items", "type": "number", "baseline": 20, "reason": "MANY_ITEMS",
		 "bins": [{"lt": 2, "points": 20}, {"lt": 4, "points": 12}, {"points": 0}], "missing": 12}],
	"bands": [{"segment": "high_risk", "lt": 400}, {"segment": "medium_risk", "lt": 475}, {"segment": "low_risk"}],
	"microsegment": ["days_past_due", "payments_90d"]
	}', 'kobra.account_features', 'champion', 'kobra',
	'2026-01-01 00:00+00', '2026-01-01 00:00+00');
